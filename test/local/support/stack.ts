import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Stack, StackAccess } from '../../../src/local/types.ts';
import { stackNames } from '../../helpers/stack-names.ts';
import { type OneDomainOptions, openOneDomain } from './one-domain.ts';
import { type FakePublicIndex, fakePublicIndex } from './public-index.ts';
import { smallDefinition, smallInput, smallPattern, smallTasks } from './small-workflow.ts';

export type OpenedStack = {
  readonly stack: Stack;
  readonly upstream: FakePublicIndex;
  readonly directory: string;
  readonly log: string[];
  readonly options: OneDomainOptions;
  /** Calls of the `plan` task. */
  readonly calls: unknown[];
};

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'awspip-local-'));

export async function openSmallStack(changes: Partial<OneDomainOptions> = {}): Promise<OpenedStack> {
  const upstream = fakePublicIndex();
  const log: string[] = [];
  const calls: unknown[] = [];
  const directory = changes.stateDirectory ?? (await temporaryFolder());
  const options: OneDomainOptions = {
    stateDirectory: directory,
    upstream: upstream.index,
    definition: smallDefinition,
    tasks: () => smallTasks(calls),
    eventPattern: smallPattern,
    eventInput: smallInput,
    packageCheck: async (request) => Response.json({ package: new URL(request.url).searchParams.get('package_name') }),
    version: '1.0.0',
    now: Date.now,
    log: (line) => log.push(line),
    ...changes,
  };
  return { stack: await openOneDomain(options), upstream, directory, log, options, calls };
}

/** Returns the URL of a path below the PyPI endpoint of the domain. */
export const pypiUrl = ({ endpoint }: StackAccess, path: string): string =>
  `${endpoint}/pypi/d/${stackNames.domain}-${stackNames.owner}/${path}`;

export async function closeSmallStack({ stack, directory }: OpenedStack): Promise<void> {
  await stack.close();
  await rm(directory, { recursive: true, force: true });
}

/** Returns the JavaScript SDK's clients, configured with the endpoint and the secret of the stack. */
export function clientsOf({ endpoint, secret }: StackAccess) {
  const configuration = {
    endpoint,
    region: stackNames.region,
    credentials: { accessKeyId: secret.reveal(), secretAccessKey: 'any' },
    maxAttempts: 1,
  };
  return {
    codeArtifact: new CodeartifactClient(configuration),
    dynamoDb: new DynamoDBClient(configuration),
    stepFunctions: new SFNClient(configuration),
  };
}
