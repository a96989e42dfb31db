import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStateMachineCommand, DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { entryOf, functionOfTask } from '../../src/infra/function-names.ts';
import { awaitVetting, type VettingOutcome } from '../../src/vetting/await-vetting.ts';
import { sfnStarter } from '../../src/vetting/starter.ts';
import { vettingStore } from '../../src/vetting/store.ts';
import { createTable, documentClient } from '../../src/vetting/table.ts';
import { vettingWorkflow } from '../../src/workflow/definition.ts';
import type { TaskName } from '../../src/workflow/task-names.ts';
import { taskNames } from '../../src/workflow/task-names.ts';
import { type Deployed, startDeployed } from '../helpers/aws/deployed.ts';
import {
  buildFunctions,
  type Functions,
  type InvocationResult,
  node22,
  openFunctions,
} from '../helpers/aws/functions.ts';
import { motoPython, startMoto } from '../helpers/aws/moto.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { stackNames, stateMachineArn } from '../helpers/stack-names.ts';
import { requestContent } from '../vetting/examples.ts';

/** An engine with the workflow and the functions: the local stack, or moto's Step Functions and DynamoDB. */
type Engine = {
  vet(...roots: string[]): Promise<VettingOutcome>;
  items(): Promise<Record<string, unknown>[]>;
  statusOf(execution: string): Promise<string | undefined>;
};

const region = stackNames.region;
const credentials = { accessKeyId: 'KEY_Test', secretAccessKey: 'x' };
let packageIndex: PackageIndex;
let built: Awaited<ReturnType<typeof buildFunctions>>;
let why: string | undefined;
const closers: (() => unknown)[] = [];
let local: Engine;
let moto: Engine;
/** Failures by engine and a text in the payload, so that both engines have the same ones. */
const failing = new Map<string, { task: TaskName; error: InvocationResult; times: number }>();

function variables(gateway: Deployed['gateway'], extra: Record<string, string>): Record<string, string> {
  const variableOf = (key: string) => packageIndex.environment[key] ?? '';
  return {
    AWS_ENDPOINT_URL: gateway.origin,
    AWS_ACCESS_KEY_ID: gateway.keyOf('Function'),
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_REGION: region,
    STACK: 'defender',
    TABLE: stackNames.table,
    DOMAIN: stackNames.domain,
    DOMAIN_OWNER: stackNames.owner,
    SECURE_REPOSITORY: stackNames.secure,
    INSTALL_REPOSITORY: stackNames.install,
    POLICY_BUCKET: 'policies',
    POLICY_BUCKET_OWNER: stackNames.owner,
    POLICY_KEY: 'policy.json',
    GITHUB_TOKEN_PARAMETER: '/defender/github-token',
    SLACK_WEBHOOK_PARAMETER: '/defender/slack-webhook',
    WEBHOOK_SECRET_PARAMETER: '/defender/webhook-secret',
    UPSTREAM_INDEX: variableOf('PIP_INDEX_URL'),
    PYPI_URL: variableOf('AWSPIP_PYPI_URL'),
    PYPISTATS_URL: variableOf('AWSPIP_PYPISTATS_URL'),
    GITHUB_URL: variableOf('AWSPIP_GITHUB_URL'),
    DEPS_DEV_URL: variableOf('AWSPIP_DEPS_DEV_URL'),
    OSV_URL: variableOf('AWSPIP_OSV_URL'),
    ...extra,
  };
}

/** Invokes a task's function, unless it is set to fail. */
async function invoke(
  engine: string,
  functions: Functions,
  task: TaskName,
  payload: unknown,
): Promise<InvocationResult> {
  for (const [key, fault] of failing) {
    const applies = key.startsWith(engine) && fault.task === task && fault.times > 0;
    if (!applies || !JSON.stringify(payload).includes(key.slice(engine.length))) continue;
    fault.times -= 1;
    return fault.error;
  }
  return functions.invoke(functionOfTask[task], payload);
}

const resultOrThrow = (answer: InvocationResult): unknown => {
  if (answer.error === undefined) return answer.result;
  throw Object.assign(new Error(answer.error.errorMessage), { name: answer.error.errorType });
};

async function openLocal(node: string): Promise<Engine> {
  let functions: Functions | undefined;
  const system = await startDeployed(packageIndex, {}, (gateway) => {
    const opened = openFunctions({ folder: built.folder, node }, () => variables(gateway, {}));
    functions = opened;
    return Object.fromEntries(
      taskNames.map((task) => [
        task,
        async (payload: unknown) => resultOrThrow(await invoke('local', opened, task, payload)),
      ]),
    );
  });
  closers.push(() => functions?.close(), system.close);
  return engineOf(system.document, async () => ({ sfn: system.sfn, machine: stateMachineArn }));
}

async function openMoto(node: string, python: string): Promise<Engine> {
  // moto has no CodeArtifact, so the local stack provides it.
  const system = await startDeployed(packageIndex);
  let functions: Functions | undefined;
  const nameOf = (task: TaskName) => `defender-${entryOf(functionOfTask[task])}`;
  const started = await startMoto(python, async (functionName, payload) => {
    const { task } = payload as { readonly task: TaskName };
    if (!functionName.endsWith(nameOf(task)) || functions === undefined) throw new Error(`no function ${functionName}`);
    return invoke('moto', functions, task, payload);
  });
  const dynamo = { AWS_ENDPOINT_URL_DYNAMODB: started.origin };
  functions = openFunctions({ folder: built.folder, node }, () => variables(system.gateway, dynamo));
  closers.push(() => functions?.close(), started.close, system.close);
  const client = new DynamoDBClient({ endpoint: started.origin, region, credentials });
  await createTable(client, stackNames.table);
  const arn = (task: TaskName) => `arn:aws:lambda:${region}:${stackNames.owner}:function:${nameOf(task)}`;
  const definition = JSON.stringify(vettingWorkflow(arn));
  const roleArn = `arn:aws:iam::${stackNames.owner}:role/defender`;
  const regions = ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1'];
  // moto 5.2.1 fails to copy the machine after one execution per region, so each vetting uses its own region.
  return engineOf(documentClient(client), async () => {
    const sfn = new SFNClient({ endpoint: started.origin, region: regions.shift() ?? 'eu-north-1', credentials });
    const create = new CreateStateMachineCommand({ name: 'defender-vetting', roleArn, definition });
    return { sfn, machine: (await sfn.send(create)).stateMachineArn ?? '' };
  });
}

type Machine = { readonly sfn: SFNClient; readonly machine: string };

function engineOf(document: DynamoDBDocumentClient, open: () => Promise<Machine>): Engine {
  let opened: Machine | undefined;
  const store = vettingStore({ client: document, table: stackNames.table, now: Date.now });
  const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  return {
    /** Vets these roots and returns the result. */
    async vet(...roots) {
      const { sfn, machine } = await open();
      opened = { sfn, machine };
      return awaitVetting({
        ...{ content: requestContent(...roots), since: Date.now(), waitSeconds: 60, store, now: Date.now },
        starter: sfnStarter({ client: sfn, stateMachineArn: machine, sleep, random: Math.random }),
        sleep: () => sleep(50),
        random: Math.random,
        onProgress: () => {},
      });
    },
    async items() {
      const { Items = [] } = await document.send(new ScanCommand({ TableName: stackNames.table }));
      // The counters of copies are by the second.
      const records = Items.filter(({ pk }) => pk !== 'copies');
      return records.map(withoutTime).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    },
    async statusOf(execution) {
      const { sfn, machine } = opened ?? (await open());
      const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${execution}`;
      for (;;) {
        const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        if (status !== 'RUNNING') return status;
        await sleep(50);
      }
    },
  };
}

const keyOf = ({ pk, sk }: Record<string, unknown>) => `${pk} ${sk}`;

/** Removes times, which differ between runs. */
function withoutTime(item: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(item, (key, value) => (key === 'expiresAt' ? undefined : value));
  const epochs = /("(?:[^"]*[a-z]At|[0-9a-f]{16})\\?"):\d{10,}/g;
  return JSON.parse(text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then').replace(epochs, '$1:0'));
}

beforeAll(async () => {
  const [runtime, interpreter] = await Promise.all([node22(), motoPython()]);
  why = 'why' in runtime ? runtime.why : 'why' in interpreter ? interpreter.why : undefined;
  if (!('node' in runtime) || !('python' in interpreter)) return;
  [packageIndex, built] = await Promise.all([startPackageIndex(), buildFunctions()]);
  [local, moto] = await Promise.all([openLocal(runtime.node), openMoto(runtime.node, interpreter.python)]);
}, 400_000);
afterAll(async () => {
  for (const close of closers) await close();
  await packageIndex?.close();
  await built?.remove();
});

function publish(name: string, requires: readonly string[] = [], facts = {}): void {
  packageIndex.publish(name, '1.0', wheel({ name, version: '1.0', requires }), facts);
}

function failTask(text: string, task: TaskName, errorType: string, times: number): void {
  const error = { error: { errorType, errorMessage: 'for the sake of the test' } };
  for (const engine of ['local', 'moto']) failing.set(`${engine}${text}`, { task, error, times });
}

const cases: readonly (readonly [string, string, () => void, VettingOutcome['kind'], string])[] = [
  ['allow', 'allowed', () => publish('allowed', ['its-helper']), 'secure', 'SUCCEEDED'],
  ['refuse', 'refused', () => publish('refused', [], { malware: ['1.0'] }), 'refused', 'SUCCEEDED'],
  [
    'hold',
    'held',
    () => publish('held', [], { uploadTime: new Date(Date.now() - 3_600_000).toISOString() }),
    'refused',
    'SUCCEEDED',
  ],
  ['not there', 'absent', () => {}, 'refused', 'SUCCEEDED'],
  ['retry', 'retried', () => failTask('retried', 'Resolve', 'Unavailable', 1), 'secure', 'SUCCEEDED'],
  ['fail', 'failed', () => failTask('failed', 'Resolve', 'TypeError', 1), 'error', 'FAILED'],
  ['a batch fails', 'broken', () => failTask('broken', 'Assess', 'TypeError', 1), 'error', 'FAILED'],
];

describe('the document has the same end and the same records on both engines', () => {
  beforeEach(({ skip }) => {
    if (why !== undefined) skip(why);
  });

  test.each(cases)('%s', async (_case, root, prepare, kind, status) => {
    if (root === 'allowed') publish('its-helper');
    if (['retried', 'failed', 'broken'].includes(root)) publish(root);
    prepare();
    const answers = await Promise.all([local.vet(root), moto.vet(root)]);
    expect(answers.map((answer) => answer.kind)).toEqual([kind, kind]);
    const ended = await Promise.all(
      [local, moto].map((engine, at) => engine.statusOf(answers[at]?.record.execution ?? '')),
    );
    expect(ended).toEqual([status, status]);
    const [localItems, motoItems] = await Promise.all([local.items(), moto.items()]);
    expect(motoItems).toEqual(localItems);
  });
});
