import { type Answer, AwsFault, type Call, jsonAnswer } from '../http.ts';
import { stackNames, stateMachineArn } from '../names.ts';
import { type Executions, executionArn } from './executions.ts';
import type { Journal } from './journal.ts';
import type { Execution } from './types.ts';

export type StepFunctionsParts = {
  readonly executions: Executions;
  readonly journal: Journal;
  readonly definition: object;
  /** Epoch milliseconds at which the stack's state began. */
  readonly createdTime: number;
  /** Names an execution whose caller gave no name. */
  readonly freshName: () => string;
};

type Input = Readonly<Record<string, unknown>>;
type Operation = (input: Input, parts: StepFunctionsParts) => Promise<unknown>;

export const stepFunctionsTarget = 'AWSStepFunctions.';

const optional = (input: Input, name: string): string | undefined =>
  typeof input[name] === 'string' ? input[name] : undefined;

function checkMachine(input: Input): void {
  const arn = optional(input, 'stateMachineArn');
  if (arn !== stateMachineArn)
    throw new AwsFault('StateMachineDoesNotExist', 400, `State Machine Does Not Exist: '${arn}'`);
}

/** The execution that an ARN names. */
async function executionOf(input: Input, journal: Journal): Promise<Execution> {
  const arn = optional(input, 'executionArn') ?? '';
  const name = arn.startsWith(executionArn('')) ? arn.slice(executionArn('').length) : undefined;
  const execution = name ? await journal.read(name) : undefined;
  if (!execution) throw new AwsFault('ExecutionDoesNotExist', 400, `Execution Does Not Exist: '${arn}'`);
  return execution;
}

const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : milliseconds / 1000;

const summary = ({ name, status, startDate, stopDate }: Execution) => ({
  executionArn: executionArn(name),
  stateMachineArn,
  name,
  status,
  startDate: seconds(startDate),
  stopDate: seconds(stopDate),
});

function pageOf<T>(input: Input, items: readonly T[]): { readonly items: readonly T[]; readonly nextToken?: string } {
  const max = Number(input.maxResults ?? 0) || 100;
  const token = optional(input, 'nextToken');
  const from = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isInteger(from) || from < 0 || !Number.isInteger(max) || max < 1 || max > 1000) {
    throw new AwsFault('InvalidToken', 400, 'the page asked for is not one of ours');
  }
  const nextToken = Buffer.from(`${from + max}`).toString('base64url');
  return { items: items.slice(from, from + max), ...(from + max < items.length ? { nextToken } : {}) };
}

const operations: Readonly<Record<string, Operation>> = {
  StartExecution: async (input, { executions, freshName }) => {
    checkMachine(input);
    const name = optional(input, 'name') ?? freshName();
    const { startDate } = await executions.start(name, optional(input, 'input') ?? '{}');
    return { executionArn: executionArn(name), startDate: seconds(startDate) };
  },
  DescribeExecution: async (input, { journal }) => {
    const execution = await executionOf(input, journal);
    const { input: text, output, error, cause } = execution;
    const included = { included: true };
    return {
      ...summary(execution),
      input: text,
      inputDetails: included,
      ...(output === undefined ? {} : { output, outputDetails: included }),
      error,
      cause,
    };
  },
  GetExecutionHistory: async (input, { journal }) => {
    const { name } = await executionOf(input, journal);
    const events = await journal.history(name);
    const { items, nextToken } = pageOf(input, input.reverseOrder === true ? events.toReversed() : events);
    return { events: items, nextToken };
  },
  ListExecutions: async (input, { journal }) => {
    checkMachine(input);
    const { items, nextToken } = pageOf(input, await journal.list(optional(input, 'statusFilter')));
    return { executions: items.map(summary), nextToken };
  },
  StopExecution: async (input, { executions, journal }) => {
    const { name } = await executionOf(input, journal);
    const { stopDate } = await executions.stop(name, optional(input, 'error'), optional(input, 'cause'));
    return { stopDate: seconds(stopDate) };
  },
  DescribeStateMachine: async (input, { definition, createdTime }) => {
    checkMachine(input);
    return {
      stateMachineArn,
      name: stackNames.stateMachine,
      status: 'ACTIVE',
      definition: JSON.stringify(definition),
      roleArn: `arn:aws:iam::${stackNames.owner}:role/awspip-vetting`,
      type: 'STANDARD',
      creationDate: seconds(createdTime),
    };
  },
  ListStateMachines: async (_input, { createdTime }) => ({
    stateMachines: [
      { stateMachineArn, name: stackNames.stateMachine, type: 'STANDARD', creationDate: seconds(createdTime) },
    ],
  }),
};

const contentType = { 'content-type': 'application/x-amz-json-1.0' };

/** Answers one call of Step Functions. The caller is authorised already. */
export async function stepFunctionsApi(call: Call, parts: StepFunctionsParts): Promise<Answer> {
  const target = String(call.headers['x-amz-target']).slice(stepFunctionsTarget.length);
  const operation = operations[target];
  if (!operation)
    throw new AwsFault('UnknownOperationException', 400, `\`${target}\` is not imitated by the local stack`);
  let input: unknown;
  try {
    input = JSON.parse((await call.body()).toString('utf8') || '{}');
  } catch {
    throw new AwsFault('SerializationException', 400, 'the body is not JSON');
  }
  if (typeof input !== 'object' || input === null)
    throw new AwsFault('SerializationException', 400, 'the body is not an object');
  return jsonAnswer(await operation(input as Input, parts), 200, contentType);
}

/** An error as the JSON 1.0 protocol carries it. */
export function jsonFault({ type, status, message, members }: AwsFault): Answer {
  return jsonAnswer({ __type: type, message, ...members }, status, { ...contentType, 'x-amzn-errortype': type });
}
