import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as real } from 'node:timers/promises';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { openStackServices } from '../../../src/compose/stack-services.ts';
import { functionOfTask } from '../../../src/infra/function-names.ts';
import type { ProcessContext } from '../../../src/process-context.ts';
import { Secret } from '../../../src/secret.ts';
import { resolveSettings } from '../../../src/settings/resolve.ts';
import { awaitVetting } from '../../../src/vetting/await-vetting.ts';
import { sfnStarter } from '../../../src/vetting/starter.ts';
import { vettingStore } from '../../../src/vetting/store.ts';
import { documentClient } from '../../../src/vetting/table.ts';
import { openWaitBudget } from '../../../src/wait-budget.ts';
import { eventInput, eventPattern, vettingWorkflow } from '../../../src/workflow/definition.ts';
import type { TaskName } from '../../../src/workflow/task-names.ts';
import { taskNames } from '../../../src/workflow/task-names.ts';
import { openOneDomain } from '../../local/support/one-domain.ts';
import { requestContent } from '../../vetting/examples.ts';
import type { PackageIndex } from '../package-index.ts';
import { stackNames, stateMachineArn } from '../stack-names.ts';
import { type AwsGateway, type ExtraServices, startAwsGateway } from './aws-gateway.ts';

/** The running system and its clients. */
export type Deployed = Awaited<ReturnType<typeof startDeployed>>;
type Interval = { readonly milliseconds: number; readonly action: () => void; next: number };
type Task = (payload: never) => Promise<unknown>;

/** Replacements for tasks of this process, by name. */
export type OtherTasks = (gateway: AwsGateway) => Readonly<Record<string, Task>>;

/**
 * Starts the whole system on loopback: the local stack with the real workflow and tasks, behind a gateway that knows
 * each task by its own credentials. The clock can be moved forward. With `skipWaits` the tasks' pauses take no time,
 * and with `skipClientWaits` neither do those of clients.
 */
export async function startDeployed(
  packageIndex: PackageIndex,
  extraServices: ExtraServices = {},
  otherTasks?: OtherTasks,
) {
  const stateDirectory = await mkdtemp(path.join(os.tmpdir(), 'awspip-deployed-'));
  const clock = { ahead: 0, skipWaits: false, skipClientWaits: false };
  const now = () => Date.now() + clock.ahead;
  const intervals = new Set<Interval>();
  const sleep = async (milliseconds: number) => {
    if (!clock.skipWaits) return void (await real(milliseconds));
    clock.ahead += milliseconds;
    const due = [...intervals].filter(({ next }) => next <= now());
    for (const interval of due) Object.assign(interval, { next: now() + interval.milliseconds }).action();
    await real(due.length > 0 ? 20 : 0);
  };
  const every: ProcessContext['every'] = (milliseconds, action) => {
    const interval = { milliseconds, action, next: now() + milliseconds };
    intervals.add(interval);
    return () => void intervals.delete(interval);
  };
  const { values: settings } = resolveSettings({ flag: {}, environment: {} });
  const context: ProcessContext = {
    settings,
    environment: {},
    stateDirectory,
    now,
    sleep,
    every,
    waits: openWaitBudget(settings.waitSeconds * 1000, now),
    random: Math.random,
    unique: () => 'unique',
  };
  const services = openStackServices(context, configurationOf(packageIndex));
  let gateway: AwsGateway | undefined;
  const log: string[] = [];
  const tasks = Object.fromEntries(
    taskNames.map((name) => [
      name,
      async (payload: never) => {
        const answer = await taskOf(name)(payload);
        const { importing, seconds } = (answer ?? {}) as { readonly importing?: boolean; readonly seconds?: number };
        if (importing === true) await sleep((seconds ?? 0) * 1000);
        return answer;
      },
    ]),
  ) as Record<TaskName, Task>;
  const opened = new Map<string, Task>();
  const taskOf = (name: TaskName): Task => {
    if (gateway === undefined) throw new Error('not open yet');
    gateway.calls.push({
      caller: 'StateMachine',
      action: 'lambda:InvokeFunction',
      resource: `function:awspip-${functionOfTask[name]}`,
    });
    const { domain, stateMachine } = stackNames;
    const access = {
      endpoint: gateway.origin,
      secret: new Secret(gateway.keyOf(functionOfTask[name])),
      domain,
      stateMachine,
    };
    const task = opened.get(name) ?? (otherTasks?.(gateway)[name] as Task) ?? (services.tasks(access)[name] as Task);
    opened.set(name, task);
    return task;
  };
  const stack = await openOneDomain({
    stateDirectory,
    decisionsFile: path.join(stateDirectory, 'decisions.jsonl'),
    upstream: services.upstream,
    definition: withoutPauses(vettingWorkflow((task) => `awspip-${task}`)),
    tasks: () => tasks,
    eventPattern: eventPattern({ domain: stackNames.domain, repository: stackNames.secure }),
    eventInput,
    packageCheck: async () => new Response('{}'),
    isInternal: (name) => name.startsWith('acme-'),
    prepare: services.prepare,
    version: '0.0.0',
    now,
    log: (line) => log.push(line),
  });
  gateway = await startAwsGateway(stack, extraServices);
  const openGateway = gateway;
  const clientOf = (caller: string) => ({
    endpoint: openGateway.origin,
    region: stackNames.region,
    credentials: { accessKeyId: openGateway.keyOf(caller), secretAccessKey: 'x' },
  });
  const dynamo = new DynamoDBClient(clientOf('Test'));
  const sfn = new SFNClient(clientOf('Test'));
  const document = documentClient(dynamo);
  const store = vettingStore({ client: document, table: stackNames.table, now });
  return {
    gateway: openGateway,
    stack,
    clock,
    log,
    store,
    document,
    sfn,
    codeArtifact: new CodeartifactClient(clientOf('Test')),
    /** Returns environment variables with the credentials of `caller`. */
    environment: (caller: string): Record<string, string> => ({
      AWS_ENDPOINT_URL: openGateway.origin,
      AWS_ACCESS_KEY_ID: openGateway.keyOf(caller),
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_REGION: stackNames.region,
    }),
    vet: (...roots: string[]) =>
      awaitVetting({
        content: requestContent(...roots),
        since: now(),
        waitSeconds: 3600,
        store,
        starter: sfnStarter({ client: sfn, stateMachineArn, sleep, random: Math.random }),
        now,
        sleep: async (milliseconds) => {
          await real(25);
          if (clock.skipClientWaits) clock.ahead += milliseconds;
        },
        random: Math.random,
        onProgress: () => {},
      }),
    async close() {
      await stack.close();
      await Promise.all([openGateway.close(), services.close()]);
      await rm(stateDirectory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Returns the document in which retries and imports take no time: `sleep` waits for imports, after the Copy task. */
function withoutPauses(document: ReturnType<typeof vettingWorkflow>): object {
  return JSON.parse(JSON.stringify(document), (name, state) => {
    if (name !== 'WaitToRetry' && name !== 'WaitForImport') return state;
    const { SecondsPath: _, ...pause } = state;
    return { ...pause, Seconds: 0 };
  });
}

function configurationOf({ environment }: PackageIndex) {
  const variableOf = (name: string) => environment[name] ?? '';
  return {
    upstream: { indexUrls: [variableOf('PIP_INDEX_URL')], findLinks: [], timeoutSeconds: 10, trustedHosts: [] },
    sources: {
      pypi: variableOf('AWSPIP_PYPI_URL'),
      pypistats: variableOf('AWSPIP_PYPISTATS_URL'),
      github: variableOf('AWSPIP_GITHUB_URL'),
      depsDev: variableOf('AWSPIP_DEPS_DEV_URL'),
      osv: variableOf('AWSPIP_OSV_URL'),
    },
  };
}
