import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { serviceError } from '../aws/service-errors.ts';
import { AwspipError } from '../errors.ts';
import type { Starter } from './await-vetting.ts';
import { executionArn, isRunning, waitsForOthers } from './is-running.ts';
import type { VettingRequest } from './types.ts';

/**
 * Three quarters of the limit of a state: each task gets the request together with what earlier tasks returned, so that
 * an input near the limit would start and then fail.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const maxInputBytes = 196_608;
const maxTries = 4;
const throttled = new Set(['ThrottlingException', 'TooManyRequestsException', 'ExecutionLimitExceeded']);

/**
 * Returns the executions of one state machine. It retries throttled calls a few times more than the SDK does.
 *
 * @throws AwspipError `denied`, `unavailable`, `configuration` (no such state machine), `usage` (request too large)
 */
export function sfnStarter({
  client,
  stateMachineArn,
  sleep,
  random,
}: {
  readonly client: SFNClient;
  readonly stateMachineArn: string;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly random: () => number;
}): Starter {
  const send = async (name: string, input: string): Promise<'started' | 'exists'> => {
    const command = new StartExecutionCommand({ stateMachineArn, name, input });
    for (let tries = 1; ; tries += 1) {
      try {
        await client.send(command);
        return 'started';
      } catch (error) {
        const kind = error instanceof Error ? error.name : '';
        if (kind === 'ExecutionAlreadyExists') return 'exists';
        if (!throttled.has(kind) || tries === maxTries) throw serviceError(error, `state machine ${stateMachineArn}`);
        await sleep(500 * 2 ** tries * (0.5 + random() / 2));
      }
    }
  };
  return {
    isRunning: (name) => isRunning(client, executionArn(stateMachineArn, name)),
    waitsForOthers: (name) => waitsForOthers(client, executionArn(stateMachineArn, name)),
    async start(name, request) {
      const input = JSON.stringify(request);
      const bytes = Buffer.byteLength(input);
      if (bytes > maxInputBytes) throw tooLarge(request, bytes);
      return send(name, input);
    },
    join: (name, input) => send(name, JSON.stringify(input)),
  };
}

function tooLarge({ roots, constraints }: VettingRequest, bytes: number): AwspipError {
  const kilobytes = (count: number) => `${Math.ceil(count / 1024)} KB`;
  const counts = `${roots.length} requirements and ${constraints.length} constraints`;
  return new AwspipError(
    'request-too-large',
    `${counts} take ${kilobytes(bytes)}; one vetting request may take ${kilobytes(maxInputBytes)}`,
    { exit: 'usage', hint: 'split the requirements over several commands' },
  );
}
