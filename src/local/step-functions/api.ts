import { AwsFault, type HttpRequest, type HttpResponse, jsonResponse } from '../http.ts';
import { stackNames, stateMachineArn } from '../names.ts';
import { type Executions, executionArn } from './executions.ts';
import type { Journal } from './journal.ts';
import type { Execution } from './types.ts';

/** What the Step Functions API needs. */
export type StepFunctionsParts = {
  readonly executions: Executions;
  readonly journal: Journal;
  readonly definition: object;
  /** Epoch milliseconds at which the stack's state was created. */
  readonly createdTime: number;
  /** Returns a name for an execution whose caller gives none. */
  readonly uniqueName: () => string;
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

/** Reads the execution that an ARN names. */
async function readExecution(input: Input, journal: Journal): Promise<Execution> {
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
    throw new AwsFault('InvalidToken', 400, '`nextToken` or `maxResults` is invalid');
  }
  const nextToken = Buffer.from(`${from + max}`).toString('base64url');
  return { items: items.slice(from, from + max), ...(from + max < items.length ? { nextToken } : {}) };
}

const operations: Readonly<Record<string, Operation>> = {
  StartExecution: async (input, { executions, uniqueName }) => {
    checkMachine(input);
    const name = optional(input, 'name') ?? uniqueName();
    const { startDate } = await executions.start(name, optional(input, 'input') ?? '{}');
    return { executionArn: executionArn(name), startDate: seconds(startDate) };
  },
  DescribeExecution: async (input, { journal }) => {
    const execution = await readExecution(input, journal);
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
    const { name } = await readExecution(input, journal);
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
    const { name } = await readExecution(input, journal);
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

/** Answers one call of Step Functions from an authorized caller. */
export async function stepFunctionsApi(request: HttpRequest, parts: StepFunctionsParts): Promise<HttpResponse> {
  const target = String(request.headers['x-amz-target']).slice(stepFunctionsTarget.length);
  const operation = operations[target];
  if (!operation)
    throw new AwsFault('UnknownOperationException', 400, `the local stack does not support \`${target}\``);
  let input: unknown;
  try {
    input = JSON.parse((await request.body()).toString('utf8') || '{}');
  } catch {
    throw new AwsFault('SerializationException', 400, 'the body is not JSON');
  }
  if (typeof input !== 'object' || input === null)
    throw new AwsFault('SerializationException', 400, 'the body is not a JSON object');
  return jsonResponse(await operation(input as Input, parts), 200, contentType);
}

/** Returns the response for a fault in the AWS JSON 1.0 protocol. */
export function jsonFault({ type, status, message, members }: AwsFault): HttpResponse {
  return jsonResponse({ __type: type, message, ...members }, status, { ...contentType, 'x-amzn-errortype': type });
}
