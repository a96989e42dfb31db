import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { until } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { representatives, runsEveryCase } from '../helpers/long-form.ts';

const stage = indexWithUser();

/** Returns a client of the local stack's Step Functions, as any AWS client reaches it. */
async function stepFunctions() {
  const { stdout } = await stage.user.run(['local', 'env']);
  const variable = (name: string) => new RegExp(`${name}='([^']+)'`).exec(stdout)?.[1] ?? '';
  const client = new SFNClient({
    endpoint: variable('AWS_ENDPOINT_URL'),
    region: variable('AWS_REGION'),
    credentials: { accessKeyId: variable('AWS_ACCESS_KEY_ID'), secretAccessKey: variable('AWS_SECRET_ACCESS_KEY') },
  });
  return { client, stateMachineArn: variable('AWSPIP_STATE_MACHINE') };
}

/** Returns the ARNs of all executions. */
async function executions(): Promise<readonly string[]> {
  const { client, stateMachineArn } = await stepFunctions();
  const { executions: listed = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
  return listed.map(({ executionArn = '' }) => executionArn);
}

/** Returns how often an execution entered a state. */
async function timesEntered(executionArn: string, state: string): Promise<number> {
  const { client } = await stepFunctions();
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  return events.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state).length;
}

const installs = runsEveryCase ? 20 : 6;

test(`${installs} simultaneous installs of one new package: as many successes, one execution, one copy`, async () => {
  stage.packageIndex.publish('crowd', '1.0', wheel({ name: 'crowd', version: '1.0' }));
  await stage.user.run(['local', 'up']);
  const before = await executions();
  const all = await Promise.all(
    Array.from({ length: installs }, (_, at) => stage.user.install(['--target', `crowd-${at}`, 'crowd'])),
  );
  expect(all.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
  const started = (await executions()).filter((name) => !before.includes(name));
  expect(started).toHaveLength(1);
  expect(await timesEntered(started[0] ?? '', 'Copy')).toBe(1);
});

test('after a waiting awspip was killed, the same command joins the running execution', async () => {
  const release = stage.packageIndex.delayRequests('patient');
  stage.packageIndex.publish('patient', '1.0', wheel({ name: 'patient', version: '1.0' }));
  const before = await executions();
  const first = stage.user.start(['install', '--target', 'patient', 'patient']);
  await until('the vetting to run', async () => (await executions()).length > before.length || undefined);
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  const second = stage.user.install(['--target', 'patient', 'patient']);
  setTimeout(release, 1000);
  expect((await second).exitCode).toBe(0);
  expect((await executions()).filter((name) => !before.includes(name))).toHaveLength(1);
});

test('after the local stack was killed during a workflow, the same command succeeds', async () => {
  const release = stage.packageIndex.delayRequests('survivor');
  stage.packageIndex.publish('survivor', '1.0', wheel({ name: 'survivor', version: '1.0' }));
  const before = await executions();
  const first = stage.user.start(['install', '--target', 'survivor', 'survivor']);
  await until('the vetting to run', async () => (await executions()).length > before.length || undefined);
  const { stdout } = await stage.user.run(['local', 'status']);
  process.kill(Number(/process (\d+)/.exec(stdout)?.[1]), 'SIGKILL');
  release();
  await first.ended;
  expect((await stage.user.install(['--target', 'survivor', 'survivor'])).exitCode).toBe(0);
});

const endings = [
  ['SIGINT', { exitCode: 130 }],
  ['SIGTERM', { signal: 'SIGTERM' }],
  ['SIGHUP', { signal: 'SIGHUP' }],
] as const;

test.each(representatives(endings, ([, ending]) => Object.keys(ending).join()))(
  '%s while waiting ends with %j, and the message says that the vetting goes on',
  async (signal, ending) => {
    const name = `stopped-${signal.toLowerCase()}`;
    const release = stage.packageIndex.delayRequests(name);
    stage.packageIndex.publish(name, '1.0', wheel({ name, version: '1.0' }));
    const running = stage.user.start(['install', '--target', name, name]);
    await until('the vetting to begin', () => running.stderr().includes('not vetted yet') || undefined);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    process.kill(running.pid, signal);
    const ended = await running.ended;
    release();
    expect(ended).toMatchObject({ ...ending, stderr: expect.stringContaining('vetting continues') });
    expect((await stage.user.install(['--target', name, name])).exitCode).toBe(0);
  },
);
