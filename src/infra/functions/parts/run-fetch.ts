import { GetCommandInvocationCommand, SendCommandCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { AwspipError } from '../../../errors.ts';
import type { IndexFile, Release } from '../../../index/types.ts';
import { parameterPatterns } from '../../fetch-document.ts';

/** The isolated instance and the document that it runs. */
export type FetchInstance = {
  readonly client: SSMClient;
  readonly document: string;
  readonly instance: string;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
};

/** Limit of the wait. Without a running agent, a command stays in progress until its own time limit. */
const maxMilliseconds = 300_000;
const deliverySeconds = 60;
const underway: ReadonlySet<string> = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling', '']);

/**
 * Sends a command to the isolated instance to fetch a file of package-install, and waits for its success. A new command
 * may be unknown at first (`InvocationDoesNotExist`), which counts as in progress.
 *
 * @throws AwspipError `fetch-refused` (`blocked`) for a value that doesn't match its pattern, `fetch-failed`
 * (`unavailable`), `command-refused` (`denied` or `unavailable`)
 */
export async function runFetch(target: FetchInstance, release: Release, file: IndexFile): Promise<void> {
  const { client, document, instance, now, sleep } = target;
  const parameters = parametersOf(release, file);
  const command = new SendCommandCommand({
    DocumentName: document,
    InstanceIds: [instance],
    Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
    TimeoutSeconds: deliverySeconds,
  });
  const sent = await client.send(command).catch((error: unknown) => {
    throw commandError(error, 'SendCommand');
  });
  const id = sent.Command?.CommandId;
  if (id === undefined) throw fetchError(file, 'Run Command returned no command id');
  const until = now() + maxMilliseconds;
  for (let pause = 500; now() < until; pause = Math.min(pause * 1.5, 5_000)) {
    await sleep(pause);
    const status = await statusOf(client, id, instance);
    if (status === 'Success') return;
    if (!underway.has(status)) throw fetchError(file, `the command ended in ${status}`);
  }
  throw fetchError(file, 'the command did not end in time; check the agent on the instance');
}

async function statusOf(client: SSMClient, id: string, instance: string): Promise<string> {
  try {
    const command = new GetCommandInvocationCommand({ CommandId: id, InstanceId: instance });
    const { Status = '', StatusDetails = '' } = await client.send(command);
    return underway.has(Status) || StatusDetails === '' ? Status : StatusDetails;
  } catch (error) {
    if (error instanceof Error && /^InvocationDoesNotExist(Exception)?$/.test(error.name)) return '';
    throw commandError(error, 'GetCommandInvocation');
  }
}

/** Returns the parameters, checked against the document's patterns here as well, for a clear error. */
function parametersOf(release: Release, file: IndexFile): Readonly<Record<keyof typeof parameterPatterns, string>> {
  const segments = new URL(file.url).pathname.split('/').slice(-2).map(decodeURIComponent);
  const parameters = {
    Project: release.name,
    Path: segments.join('/'),
    Sha256: file.hashes.sha256?.toLowerCase() ?? '',
  };
  for (const [name, pattern] of Object.entries(parameterPatterns)) {
    const value = parameters[name as keyof typeof parameters];
    if (new RegExp(pattern).test(value) && !value.includes('..')) continue;
    throw new AwspipError(
      'fetch-refused',
      `\`${file.filename}\` cannot be fetched by Run Command: ${name} does not match its pattern`,
      {
        exit: 'blocked',
      },
    );
  }
  return parameters;
}

function fetchError({ filename }: IndexFile, reason: string): AwspipError {
  return new AwspipError('fetch-failed', `\`${filename}\` could not be fetched: ${reason}`, {
    exit: 'unavailable',
    hint: 'run the same command again; if this repeats, check the isolated instance in Systems Manager',
  });
}

/** Returns `denied` for a missing permission or resource, which no retry fixes, else `unavailable`. */
function commandError(error: unknown, action: string): AwspipError {
  const name = error instanceof Error ? error.name : 'error';
  const exit = /AccessDenied|UnrecognizedClient|InvalidInstanceId|InvalidDocument/.test(name)
    ? 'denied'
    : 'unavailable';
  return new AwspipError('command-refused', `Systems Manager rejected ${action}: ${name}`, {
    exit,
    hint: 'check the isolated instance, and the permission of this function to send commands to it',
    cause: error,
  });
}
