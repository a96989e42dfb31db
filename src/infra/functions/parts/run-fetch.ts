import { GetCommandInvocationCommand, SendCommandCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { AwspipError } from '../../../errors.ts';
import type { IndexFile, Release } from '../../../index/types.ts';
import { parameterPatterns } from '../../fetch-document.ts';

export type FetchInstance = {
  readonly client: SSMClient;
  readonly document: string;
  readonly instance: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
};

/** An agent that does not run leaves a command in progress for as long as it may take: this is how long we look. */
const maxMilliseconds = 300_000;
const deliverySeconds = 60;
const underway: ReadonlySet<string> = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling', '']);

/**
 * Has the isolated instance fetch a file of package-install: sends the command, then waits and checks. What was just
 * sent may not be found yet (`InvocationDoesNotExist`); that is waited out like a command in progress.
 *
 * @throws AwspipError `fetch-refused` (blocked) for what fits no parameter, `fetch-failed` (unavailable)
 */
export async function runFetch(repository: FetchInstance, release: Release, file: IndexFile): Promise<void> {
  const { client, document, instance, now, sleep } = repository;
  const parameters = parametersOf(release, file);
  const command = new SendCommandCommand({
    DocumentName: document,
    InstanceIds: [instance],
    Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
    TimeoutSeconds: deliverySeconds,
  });
  const sent = await client.send(command).catch((error: unknown) => {
    throw translated(error, 'SendCommand');
  });
  const id = sent.Command?.CommandId;
  if (id === undefined) throw failed(file, 'Run Command gave no command id');
  const until = now() + maxMilliseconds;
  for (let pause = 500; now() < until; pause = Math.min(pause * 1.5, 5_000)) {
    await sleep(pause);
    const status = await statusOf(client, id, instance);
    if (status === 'Success') return;
    if (!underway.has(status)) throw failed(file, `the command ended in ${status}`);
  }
  throw failed(file, 'the command did not end in time; does the agent on the instance run?');
}

async function statusOf(client: SSMClient, id: string, instance: string): Promise<string> {
  try {
    const found = await client.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: instance }));
    const details = found.StatusDetails ?? '';
    return found.Status === undefined || underway.has(found.Status) || details === '' ? (found.Status ?? '') : details;
  } catch (error) {
    if (error instanceof Error && /^InvocationDoesNotExist(Exception)?$/.test(error.name)) return '';
    throw translated(error, 'GetCommandInvocation');
  }
}

/** Held against the document's own patterns here too, so that the cause is said in our words. */
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
    throw new AwspipError('fetch-refused', `${file.filename} cannot be fetched by command: its ${name} is unusual`, {
      exit: 'blocked',
    });
  }
  return parameters;
}

function failed({ filename }: IndexFile, why: string): AwspipError {
  return new AwspipError('fetch-failed', `${filename} could not be fetched: ${why}`, { exit: 'unavailable' });
}

/** A missing right stays missing however often one asks; all else may pass. */
function translated(error: unknown, action: string): AwspipError {
  const name = error instanceof Error ? error.name : 'error';
  const exit = /AccessDenied|UnrecognizedClient|InvalidInstanceId|InvalidDocument/.test(name)
    ? 'denied'
    : 'unavailable';
  return new AwspipError('command-refused', `Systems Manager refused ${action}: ${name}`, { exit, cause: error });
}
