import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as real } from 'node:timers/promises';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { openStackServices } from '../../../src/compose/stack-services.ts';
import { stackNames, stateMachineArn } from '../../../src/local/names.ts';
import { openStack } from '../../../src/local/stack.ts';
import type { ProcessContext } from '../../../src/process-context.ts';
import { Secret } from '../../../src/secret.ts';
import { resolveSettings } from '../../../src/settings/resolve.ts';
import { awaitVetting } from '../../../src/vetting/await-vetting.ts';
import { sfnStarter } from '../../../src/vetting/starter.ts';
import { vettingStore } from '../../../src/vetting/store.ts';
import { documentClient } from '../../../src/vetting/table.ts';
import { eventInput, eventPattern, vettingWorkflow } from '../../../src/workflow/definition.ts';
import type { TaskName } from '../../../src/workflow/task-names.ts';
import { taskNames } from '../../../src/workflow/task-names.ts';
import { requestContent } from '../../vetting/examples.ts';
import type { World } from '../package-index.ts';
import { type Beside, type Front, startFront } from './front.ts';

export type Deployed = Awaited<ReturnType<typeof startDeployed>>;
type Repeated = { readonly milliseconds: number; readonly action: () => void; next: number };
type Task = (payload: never) => Promise<unknown>;

/** Tasks in place of those that run in this process, by their names. */
export type OtherTasks = (front: Front) => Readonly<Record<string, Task>>;

/**
 * The whole system on loopback as a deployment has it: the local stack with the real workflow and the real tasks,
 * behind a gate that knows each task by credentials of its own. The clock can be put forward; while `leap` is on,
 * waiting takes the tasks no time, with `askersToo` nor those who ask.
 */
export async function startDeployed(world: World, beside: Beside = {}, otherTasks?: OtherTasks) {
  const stateDirectory = await mkdtemp(path.join(os.tmpdir(), 'awspip-deployed-'));
  const clock = { ahead: 0, leap: false, askersToo: false };
  const now = () => Date.now() + clock.ahead;
  const repeated = new Set<Repeated>();
  const sleep = async (milliseconds: number) => {
    if (!clock.leap) return void (await real(milliseconds));
    clock.ahead += milliseconds;
    const due = [...repeated].filter(({ next }) => next <= now());
    for (const one of due) Object.assign(one, { next: now() + one.milliseconds }).action();
    await real(due.length > 0 ? 20 : 0);
  };
  const every: ProcessContext['every'] = (milliseconds, action) => {
    const one = { milliseconds, action, next: now() + milliseconds };
    repeated.add(one);
    return () => void repeated.delete(one);
  };
  const { values: settings } = resolveSettings({ flag: {}, environment: {} });
  const context: ProcessContext = {
    settings,
    environment: {},
    stateDirectory,
    now,
    sleep,
    every,
    random: Math.random,
    unique: () => 'unique',
  };
  const back = openStackServices(context, configurationOf(world, stateDirectory));
  let front: Front | undefined;
  const log: string[] = [];
  const tasks = Object.fromEntries(
    taskNames.map((name) => [name, async (payload: never) => taskOf(name)(payload)]),
  ) as Record<TaskName, Task>;
  const opened = new Map<string, Task>();
  const taskOf = (name: TaskName): Task => {
    if (front === undefined) throw new Error('not open yet');
    front.calls.push({ caller: 'StateMachine', action: 'lambda:InvokeFunction', resource: `function:awspip-${name}` });
    const access = { endpoint: front.origin, secret: new Secret(front.keyOf(name)) };
    const task = opened.get(name) ?? (otherTasks?.(front)[name] as Task) ?? (back.tasks(access)[name] as Task);
    opened.set(name, task);
    return task;
  };
  const stack = await openStack({
    stateDirectory,
    upstream: back.upstream,
    definition: vettingWorkflow((task) => `awspip-${task}`),
    tasks: () => tasks,
    eventPattern: eventPattern({ domain: stackNames.domain, repository: stackNames.secure }),
    eventInput,
    packageCheck: async () => new Response('{}'),
    prepare: back.prepare,
    version: '0.0.0',
    fingerprint: 'test',
    now,
    log: (line) => log.push(line),
  });
  front = await startFront(stack, beside);
  const gate = front;
  const clientOf = (caller: string) => ({
    endpoint: gate.origin,
    region: stackNames.region,
    credentials: { accessKeyId: gate.keyOf(caller), secretAccessKey: 'x' },
  });
  const dynamo = new DynamoDBClient(clientOf('Test'));
  const sfn = new SFNClient(clientOf('Test'));
  const document = documentClient(dynamo);
  const store = vettingStore({ client: document, table: stackNames.table, now });
  return {
    front: gate,
    stack,
    clock,
    log,
    store,
    document,
    sfn,
    codeArtifact: new CodeartifactClient(clientOf('Test')),
    /** Variables with which a program is `caller` here. */
    environment: (caller: string): Record<string, string> => ({
      AWS_ENDPOINT_URL: gate.origin,
      AWS_ACCESS_KEY_ID: gate.keyOf(caller),
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_REGION: stackNames.region,
    }),
    ask: (...roots: string[]) =>
      awaitVetting({
        content: requestContent(...roots),
        since: now(),
        waitSeconds: 3600,
        store,
        starter: sfnStarter({ client: sfn, stateMachineArn, sleep, random: Math.random }),
        now,
        sleep: async (milliseconds) => {
          await real(25);
          if (clock.askersToo) clock.ahead += milliseconds;
        },
        random: Math.random,
        onProgress: () => {},
      }),
    async close() {
      await stack.close();
      await Promise.all([gate.close(), back.close()]);
      await rm(stateDirectory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

function configurationOf({ environment }: World, stateDirectory: string) {
  const of = (name: string) => environment[name] ?? '';
  return {
    stateDirectory,
    fingerprint: 'test',
    upstream: { indexUrls: [of('PIP_INDEX_URL')], findLinks: [], timeoutSeconds: 10, trustedHosts: [] },
    sources: {
      pypi: of('AWSPIP_PYPI_URL'),
      pypistats: of('AWSPIP_PYPISTATS_URL'),
      github: of('AWSPIP_GITHUB_URL'),
      depsDev: of('AWSPIP_DEPS_DEV_URL'),
      osv: of('AWSPIP_OSV_URL'),
    },
    idleSeconds: 600,
  };
}
