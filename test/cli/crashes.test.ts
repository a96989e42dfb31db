import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox, until } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { startWorld, type World } from '../helpers/world.ts';

let world: World;
let user: Sandbox;

beforeAll(async () => {
  world = await startWorld();
  user = await sandbox(world.environment);
});
afterAll(async () => {
  await user.remove();
  await world.close();
});

/** Any AWS client's way to the stack. */
async function stepFunctions() {
  const { stdout } = await user.run(['local', 'env']);
  const variable = (name: string) => new RegExp(`${name}='([^']+)'`).exec(stdout)?.[1] ?? '';
  const client = new SFNClient({
    endpoint: variable('AWS_ENDPOINT_URL'),
    region: variable('AWS_REGION'),
    credentials: { accessKeyId: variable('AWS_ACCESS_KEY_ID'), secretAccessKey: variable('AWS_SECRET_ACCESS_KEY') },
  });
  return { client, stateMachineArn: variable('AWSPIP_STATE_MACHINE') };
}

/** ARNs of all executions. */
async function executions(): Promise<readonly string[]> {
  const { client, stateMachineArn } = await stepFunctions();
  const { executions: listed = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
  return listed.map(({ executionArn = '' }) => executionArn);
}

/** How often an execution entered a state. */
async function timesEntered(executionArn: string, state: string): Promise<number> {
  const { client } = await stepFunctions();
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  return events.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state).length;
}

test('twenty installs of one new package at once: twenty successes, one execution, one copy', async () => {
  world.publish('crowd', '1.0', wheel({ name: 'crowd', version: '1.0' }));
  await user.run(['local', 'up']);
  const before = await executions();
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, at) => user.install(['--target', `crowd-${at}`, 'crowd'])),
  );
  expect(all.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
  const started = (await executions()).filter((name) => !before.includes(name));
  expect(started).toHaveLength(1);
  expect(await timesEntered(started[0] ?? '', 'Copy')).toBe(1);
});

test('a waiting awspip that is killed: the same command joins, no second execution', async () => {
  const release = world.holdBack('patient');
  world.publish('patient', '1.0', wheel({ name: 'patient', version: '1.0' }));
  const before = await executions();
  const first = user.start(['install', '--target', 'patient', 'patient']);
  await until('the vetting to run', async () => (await executions()).length > before.length || undefined);
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  const second = user.install(['--target', 'patient', 'patient']);
  setTimeout(release, 1000);
  expect((await second).exitCode).toBe(0);
  expect((await executions()).filter((name) => !before.includes(name))).toHaveLength(1);
});

test('a stack that is killed in mid-workflow: the same command ends well', async () => {
  const release = world.holdBack('survivor');
  world.publish('survivor', '1.0', wheel({ name: 'survivor', version: '1.0' }));
  const before = await executions();
  const first = user.start(['install', '--target', 'survivor', 'survivor']);
  await until('the vetting to run', async () => (await executions()).length > before.length || undefined);
  const { stdout } = await user.run(['local', 'status']);
  process.kill(Number(/process (\d+)/.exec(stdout)?.[1]), 'SIGKILL');
  release();
  await first.ended;
  expect((await user.install(['--target', 'survivor', 'survivor'])).exitCode).toBe(0);
});

test('Ctrl-C while waiting ends with 130 and says how to go on', async () => {
  const release = world.holdBack('stopped');
  world.publish('stopped', '1.0', wheel({ name: 'stopped', version: '1.0' }));
  const running = user.start(['install', '--target', 'stopped', 'stopped']);
  await until('the vetting to begin', () => running.stderr().includes('not vetted yet') || undefined);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  process.kill(running.pid, 'SIGINT');
  const { exitCode, stderr } = await running.ended;
  release();
  expect(exitCode).toBe(130);
  expect(stderr).toContain('the vetting goes on');
  expect((await user.install(['--target', 'stopped', 'stopped'])).exitCode).toBe(0);
});
