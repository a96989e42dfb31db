import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { waitsForOthers } from '../../src/vetting/is-running.ts';
import type { CommandResult, Sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import type { PackageIndex } from '../helpers/package-index.ts';

type Stage = { readonly packageIndex: PackageIndex; readonly user: Sandbox };

/** Returns the variables of the running stack. */
export async function stackVariables(user: Sandbox): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await user.run(['local', 'env']);
  return Object.fromEntries([...stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]));
}

/** Returns how long a plain GET takes to get any answer, in milliseconds. */
function timeGet(url: string): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const call = request(url, { agent: false }, (response) => {
      response.resume();
      resolve(performance.now() - begun);
    });
    call.on('error', reject);
    call.end();
  });
}

/** Sends a plain GET four times a second until `work` ends. Returns the result and the slowest answer. */
export async function whileAsking<T>(
  url: string,
  work: Promise<T>,
): Promise<{ readonly result: T; readonly slowest: number }> {
  let slowest = 0;
  let isDone = false;
  const asking = (async () => {
    while (!isDone) {
      slowest = Math.max(slowest, await timeGet(url));
      await pause(250);
    }
  })();
  const result = await work.finally(() => {
    isDone = true;
  });
  await asking;
  return { result, slowest };
}

function publish({ packageIndex }: Stage, names: readonly string[]): void {
  for (const name of names) packageIndex.publish(name, '1.0', wheel({ name, version: '1.0' }));
}

const namesOf = (count: number) => Array.from({ length: count }, (_, at) => `load-${at}`);

/** Installs different packages with as many commands at the same time. */
export async function installAtOnce(
  stage: Stage,
  count: number,
): Promise<{ readonly result: readonly CommandResult[]; readonly slowest: number }> {
  const names = namesOf(count);
  publish(stage, names);
  const { AWS_ENDPOINT_URL = '' } = await stackVariables(stage.user);
  const installs = names.map((name) => stage.user.run(['install', '--no-cache-dir', '--target', name, name]));
  return whileAsking(AWS_ENDPOINT_URL, Promise.all(installs));
}

/** How an execution ended, and how many others it waited for at the most. */
export type LoadedExecution = { readonly status: string; readonly waitedFor: number };

/** Starts executions for different packages at the same time, and waits for their ends. */
export async function executeAtOnce(
  stage: Stage,
  count: number,
): Promise<{ readonly result: readonly LoadedExecution[]; readonly slowest: number }> {
  publish(stage, namesOf(count));
  const variables = await stackVariables(stage.user);
  const client = new SFNClient({
    endpoint: variables.AWS_ENDPOINT_URL ?? '',
    region: variables.AWS_REGION ?? '',
    credentials: {
      accessKeyId: variables.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
  const execute = async (name: string): Promise<LoadedExecution> => {
    const { executionArn = '' } = await client.send(
      new StartExecutionCommand({
        stateMachineArn: variables.AWSPIP_STATE_MACHINE ?? '',
        name,
        input: JSON.stringify({ package: name }),
      }),
    );
    let waitedFor = 0;
    for (;;) {
      waitedFor = Math.max(waitedFor, await waitsForOthers(client, executionArn));
      const { status = '' } = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING') return { status, waitedFor };
      await pause(250);
    }
  };
  try {
    return await whileAsking(variables.AWS_ENDPOINT_URL ?? '', Promise.all(namesOf(count).map(execute)));
  } finally {
    client.destroy();
  }
}
