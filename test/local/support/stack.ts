import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { stackNames } from '../../../src/local/names.ts';
import { openStack } from '../../../src/local/stack.ts';
import type { Stack, StackAccess, StackOptions, Task } from '../../../src/local/types.ts';
import { type FakePublicIndex, fakePublicIndex } from './public-index.ts';

/** A document with all that the real one uses: lambda:invoke, Map, Choice, Retry, Catch, Wait, Fail. */
export const smallDefinition = {
  StartAt: 'Plan',
  States: {
    Plan: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:awspip-plan', 'Payload.$': '$' },
      OutputPath: '$.Payload',
      Retry: [{ ErrorEquals: ['Unsteady'], IntervalSeconds: 1, MaxAttempts: 2 }],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' }],
      Next: 'Each',
    },
    Each: {
      Type: 'Map',
      ItemsPath: '$.items',
      MaxConcurrency: 2,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'Work',
        States: {
          Work: {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Parameters: { FunctionName: 'awspip-work', 'Payload.$': '$' },
            OutputPath: '$.Payload',
            End: true,
          },
        },
      },
      ResultPath: '$.done',
      Next: 'Enough',
    },
    Enough: {
      Type: 'Choice',
      Choices: [{ Variable: '$.again', BooleanEquals: true, Next: 'Pause' }],
      Default: 'Done',
    },
    Pause: { Type: 'Wait', Seconds: 60, Next: 'Done' },
    Done: { Type: 'Pass', End: true },
    Failed: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
  },
};

export const smallTasks = (calls: unknown[] = []): Record<string, Task> => ({
  plan: async (input: { items?: unknown[]; again?: boolean; fail?: string }) => {
    calls.push(input);
    if (input.fail) throw Object.assign(new Error('on purpose'), { name: input.fail });
    return { items: input.items ?? [], again: input.again ?? false };
  },
  work: async (item: number) => item * 2,
});

/** The rule as it is deployed, for a project that secure-pypi lacks. */
export const smallPattern = {
  source: ['aws.codeartifact'],
  'detail-type': ['AWS API Call via CloudTrail'],
  detail: {
    eventSource: ['codeartifact.amazonaws.com'],
    eventName: ['ReadFromRepository'],
    requestParameters: {
      domainName: [stackNames.domain],
      repositoryName: [stackNames.secure],
      packageFormat: ['pypi'],
    },
    errorCode: [{ exists: true }],
    userAgent: [{ 'anything-but': { prefix: 'awspip/' } }],
  },
};

export const smallInput = {
  InputPathsMap: { package: '$.detail.requestParameters.packageName', userAgent: '$.detail.userAgent' },
  InputTemplate: '{"package": <package>, "userAgent": <userAgent>}',
};

export type OpenedStack = {
  readonly stack: Stack;
  readonly upstream: FakePublicIndex;
  readonly directory: string;
  readonly log: string[];
  readonly options: StackOptions;
  /** Calls of the `plan` task. */
  readonly calls: unknown[];
};

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'awspip-local-'));

export async function openSmallStack(changes: Partial<StackOptions> = {}): Promise<OpenedStack> {
  const upstream = fakePublicIndex();
  const log: string[] = [];
  const calls: unknown[] = [];
  const directory = changes.stateDirectory ?? (await temporaryFolder());
  const options: StackOptions = {
    stateDirectory: directory,
    upstream: upstream.index,
    definition: smallDefinition,
    tasks: () => smallTasks(calls),
    eventPattern: smallPattern,
    eventInput: smallInput,
    packageCheck: async (request) => Response.json({ asked: new URL(request.url).searchParams.get('package_name') }),
    version: '1.0.0',
    fingerprint: 'same',
    now: Date.now,
    log: (line) => log.push(line),
    ...changes,
  };
  return { stack: await openStack(options), upstream, directory, log, options, calls };
}

export async function closeSmallStack({ stack, directory }: OpenedStack): Promise<void> {
  await stack.close();
  await rm(directory, { recursive: true, force: true });
}

/** The JavaScript SDK's clients, reaching the stack as they would reach AWS. */
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
