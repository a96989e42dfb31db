import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { OptionInput } from '../../../src/infra/options.ts';
import { node22 } from '../aws/functions.ts';
import { type CommandResult, type Sandbox, sandbox } from '../awspip.ts';
import { type Distribution, zip } from '../distributions.ts';
import type { PackageIndex } from '../package-index.ts';
import { stackNames } from '../stack-names.ts';
import { cloudFormation } from './cloudformation.ts';
import { type Emulator, ministackPython, startEmulator } from './emulator.ts';
import { deliverEvent, importedEvent } from './events.ts';
import { client, type Front, openFront } from './front.ts';
import { type Imports, trackImports } from './import-faults.ts';
import { keptPolicies, type PermissionPolicies } from './permission-policies.ts';
import type { SynthesizedStack } from './template.ts';
import { upload } from './upload.ts';

export const stackName = 'supply-chain-defender';
const assetBucket = `cdk-hnb659fds-assets-${stackNames.owner}-${stackNames.region}`;

/** The names that can be uploaded to secure-pypi. */
export const internalNames = ['acme-*'];

export type EmulatedOptions = {
  readonly packageIndex: PackageIndex;
  /** Milliseconds that each call of a function takes in addition. Default 0. */
  readonly callMilliseconds?: number;
  /** The least duration of a function instance's start. Default 0. */
  readonly coldMilliseconds?: number;
  /** The duration of an import into package-install. Default 0. */
  readonly importMilliseconds?: number;
};

/** A deployed stack. */
export type Deployment = {
  readonly outputs: Readonly<Record<string, string>>;
  /** The types of the synthesized template's resources by logical name, with those that the emulator lacks. */
  readonly declared: Readonly<Record<string, string>>;
};

/** The deployed system: ministack with the local stack as its CodeArtifact. */
export type Emulated = {
  readonly emulator: Emulator;
  readonly front: Front;
  readonly imports: Imports;
  readonly policies: PermissionPolicies;
  /** Deploys the stack with additional options of the CDK app. */
  deploy(options?: OptionInput): Promise<Deployment>;
  /** Updates the deployed stack. Unlike AWS, the emulator ends running instances of functions that change. */
  update(options?: OptionInput): Promise<Deployment>;
  /** Delivers an event of an AWS service to the deployed rules, and returns the ARNs of their functions. */
  deliver(event: object): Promise<readonly string[]>;
  destroy(): Promise<void>;
  /** Returns the types of the existing resources by logical name. */
  resources(): Promise<Readonly<Record<string, string>>>;
  /** Stores the deployment's policy file. Ends all instances of functions, which read it once a minute. */
  writePolicy(deployment: Deployment, policy: object): Promise<void>;
  /** Uploads a file to secure-pypi like twine. */
  upload(project: { readonly name: string; readonly version: string }, file: Distribution): Promise<Response>;
  /** Creates a user of awspip on AWS, with a home folder of its own. */
  user(): Promise<Sandbox>;
  close(): Promise<void>;
};

/** What must be installed before, or why it is unavailable. */
export type Runtimes = { readonly python: string; readonly node: string } | { readonly why: string };

/** Returns the emulator's Python and the functions' Node, cached between runs. */
export async function ministackRuntimes(): Promise<Runtimes> {
  const [python, node] = await Promise.all([ministackPython(), node22()]);
  if ('why' in python) return python;
  return 'why' in node ? node : { ...python, ...node };
}

/** Starts the local stack and the emulator. Deploys nothing. */
export async function openEmulated(
  { python, node }: Exclude<Runtimes, { why: string }>,
  { packageIndex, callMilliseconds = 0, coldMilliseconds = 0, importMilliseconds = 0 }: EmulatedOptions,
): Promise<Emulated> {
  // The CDK takes seconds to load, which tests that are skipped don't need.
  const { emulatedTemplate, openApp } = await import('./template.ts');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-ministack-'));
  const policy = path.join(folder, 'policy.json');
  await writeFile(policy, JSON.stringify({ name: 'ours', internal: internalNames }));
  const local = await sandbox({ ...packageIndex.environment, AWSPIP_POLICY: policy });
  const [codeArtifact, emulator, synthesize] = await Promise.all([
    startCodeArtifact(local),
    startEmulator({ python, node, folder, coldMilliseconds }),
    openApp(path.join(folder, 'functions')),
  ]);
  const deliver = (event: object) => deliverEvent(emulator.origin, event);
  const imports = trackImports(importMilliseconds, Date.now, ({ package: name = '', version = '' }) => {
    // When the tests end before an import does, nobody receives its event.
    deliver(importedEvent(codeArtifact.domain, name, version)).catch(() => {});
  });
  const front = openFront({
    ...{ emulator: emulator.origin, codeArtifact, callMilliseconds },
    onAnswered: imports.record,
  });
  const policies = keptPolicies();
  front.faults.push(imports.fault, policies.fault);
  const formation = cloudFormation(emulator.origin);
  const s3 = openS3(emulator.origin);
  const options = { name: stackName, domain: codeArtifact.domain, ...sourcesOf(packageIndex) };
  const apply = async (change: typeof formation.create, extra: OptionInput): Promise<Deployment> => {
    const stack = await synthesize({ ...options, ...extra });
    const addressOf = await functionAddresses(stack, front);
    const template = emulatedTemplate(stack.template, (name) => ({ AWS_ENDPOINT_URL: addressOf(name) }));
    await uploadAssets(s3, stack, template);
    const { outputs } = await change(stackName, `${emulator.origin}/${assetBucket}/template.json`);
    const types = Object.entries(stack.template.Resources).map(([name, { Type }]) => [name, Type]);
    return { outputs, declared: Object.fromEntries(types) };
  };
  return {
    ...{ emulator, front, imports, policies },
    deploy: (extra = {}) => apply(formation.create, extra),
    update: (extra = {}) => apply(formation.update, extra),
    deliver,
    destroy: () => formation.remove(stackName),
    resources: () => formation.resources(stackName),
    async writePolicy({ outputs }, policy) {
      const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(outputs.PolicyFile ?? '') ?? [];
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(policy) }));
      await emulator.endInstances();
    },
    upload: async (project, file) => upload(await front.addressOf(client), codeArtifact.domain, project, file),
    user: async () => sandbox({ ...clientVariables(await front.addressOf(client)), AWSPIP_STACK: 'aws' }),
    async close() {
      await Promise.all([emulator.close(), front.close(), local.remove()]);
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Returns the variables of an AWS client that uses the deployment. */
const clientVariables = (endpoint: string) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: stackNames.owner,
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: stackNames.region,
  AWS_EC2_METADATA_DISABLED: 'true',
});

/** Starts `awspip local`, and returns the address, the access key and the name of its CodeArtifact domain. */
async function startCodeArtifact(local: Sandbox) {
  const variables = variablesIn(successful(await local.run(['local', 'env'])).stdout);
  const { AWS_ENDPOINT_URL: endpoint = '', AWS_ACCESS_KEY_ID: key = '', PIP_INDEX_URL: index = '' } = variables;
  const domain = /\/pypi\/d\/([a-z0-9-]+)-\d{12}\//.exec(index)?.[1] ?? '';
  return { endpoint, key, domain };
}

function successful(ran: CommandResult): CommandResult {
  if (ran.exitCode !== 0) throw new Error(`awspip exited with ${ran.exitCode}: ${ran.stderr}`);
  return ran;
}

function variablesIn(exports: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...exports.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]));
}

function sourcesOf({ environment }: PackageIndex): OptionInput {
  const variableOf = (name: string) => environment[name] ?? '';
  return {
    upstreamIndex: variableOf('PIP_INDEX_URL'),
    pypiUrl: variableOf('AWSPIP_PYPI_URL'),
    pypistatsUrl: variableOf('AWSPIP_PYPISTATS_URL'),
    githubUrl: variableOf('AWSPIP_GITHUB_URL'),
    depsDevUrl: variableOf('AWSPIP_DEPS_DEV_URL'),
    osvUrl: variableOf('AWSPIP_OSV_URL'),
  };
}

/** Returns the addresses at which each function reaches AWS, by its name. */
async function functionAddresses({ template }: SynthesizedStack, front: Front) {
  const functions = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  const names = functions.map(({ Properties }) => String(Properties.FunctionName));
  const addresses = new Map(await Promise.all(names.map(async (name) => [name, await front.addressOf(name)] as const)));
  return (name: string) => addresses.get(name) ?? '';
}

function openS3(endpoint: string): S3Client {
  const credentials = { accessKeyId: stackNames.owner, secretAccessKey: 'test' };
  return new S3Client({ endpoint, region: stackNames.region, credentials, forcePathStyle: true });
}

async function uploadAssets(s3: S3Client, { assets }: SynthesizedStack, template: object): Promise<void> {
  const put = (Key: string, Body: Buffer | string) => s3.send(new PutObjectCommand({ Bucket: assetBucket, Key, Body }));
  await s3.send(new CreateBucketCommand({ Bucket: assetBucket })).catch((error: Error) => {
    if (!error.name.startsWith('BucketAlready')) throw error;
  });
  await Promise.all(assets.map(({ key, files }) => put(key, zip(files))));
  await put('template.json', JSON.stringify(template));
}
