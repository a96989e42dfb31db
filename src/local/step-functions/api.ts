import type { Domains, StateMachine } from '../domains/domain.ts';
import { AwsFault, type HttpRequest, type HttpResponse, jsonResponse } from '../http.ts';
import { executionArn, namesOfArn, stackNames, stateMachineArn } from '../names.ts';
import type { Executions } from './executions.ts';
import type { Execution } from './types.ts';

/** What the Step Functions API needs. */
export type StepFunctionsParts = {
  readonly domains: Pick<Domains, 'findMachine' | 'machineNames'>;
  readonly definition: object;
  /** Epoch milliseconds at which the stack's state was created. */
  readonly createdTime: number;
  /** Returns a name for an execution whose caller gives none. */
  readonly uniqueName: () => string;
};

type Input = Readonly<Record<string, unknown>>;
type Headers = Record<string, string>;
/** Returns the body of an answer, and adds its headers to `headers`. */
type Operation = (input: Input, parts: StepFunctionsParts, headers: Headers) => Promise<unknown>;

/** How many other executions an execution waits for. Step Functions runs any number, so it has no such header. */
const othersHeader = 'x-awspip-waits-for';

export const stepFunctionsTarget = 'AWSStepFunctions.';

const optional = (input: Input, name: string): string | undefined =>
  typeof input[name] === 'string' ? input[name] : undefined;

/** Returns the state machine that a call names. */
async function machineOf(input: Input, { domains }: StepFunctionsParts): Promise<StateMachine> {
  const arn = optional(input, 'stateMachineArn') ?? '';
  const names = namesOfArn(arn);
  const machine = names && names.execution === undefined ? await domains.findMachine(names.stateMachine) : undefined;
  if (machine) return machine;
  throw new AwsFault('StateMachineDoesNotExist', 400, `State Machine Does Not Exist: '${arn}'`);
}

/** Returns the executions of a state machine whose configuration is registered. */
function executionsOf({ name, executions }: StateMachine): Executions {
  if (executions) return executions;
  const arn = stateMachineArn(name);
  throw new AwsFault('StateMachineDoesNotExist', 400, `State Machine Does Not Exist: '${arn}'`);
}

/** Reads the execution that an ARN names, and the state machine that it belongs to. */
async function readExecution(
  input: Input,
  { domains }: StepFunctionsParts,
): Promise<{ readonly machine: StateMachine; readonly execution: Execution }> {
  const arn = optional(input, 'executionArn') ?? '';
  const { stateMachine, execution: name } = namesOfArn(arn) ?? {};
  const machine = stateMachine && name ? await domains.findMachine(stateMachine) : undefined;
  const execution = name ? await machine?.journal.read(name) : undefined;
  if (machine && execution) return { machine, execution };
  throw new AwsFault('ExecutionDoesNotExist', 400, `Execution Does Not Exist: '${arn}'`);
}

const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : milliseconds / 1000;

const summary = ({ name, status, startDate, stopDate }: Execution, machine: StateMachine) => ({
  executionArn: executionArn(machine.name, name),
  stateMachineArn: stateMachineArn(machine.name),
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
  StartExecution: async (input, parts) => {
    const machine = await machineOf(input, parts);
    const name = optional(input, 'name') ?? parts.uniqueName();
    const { startDate } = await executionsOf(machine).start(name, optional(input, 'input') ?? '{}');
    return { executionArn: executionArn(machine.name, name), startDate: seconds(startDate) };
  },
  DescribeExecution: async (input, parts, headers) => {
    const { machine, execution } = await readExecution(input, parts);
    headers[othersHeader] = `${machine.executions?.waitsFor(execution.name) ?? 0}`;
    const { input: text, output, error, cause } = execution;
    const included = { included: true };
    return {
      ...summary(execution, machine),
      input: text,
      inputDetails: included,
      ...(output === undefined ? {} : { output, outputDetails: included }),
      error,
      cause,
    };
  },
  GetExecutionHistory: async (input, parts) => {
    const { machine, execution } = await readExecution(input, parts);
    const events = await machine.journal.history(execution.name);
    const { items, nextToken } = pageOf(input, input.reverseOrder === true ? events.toReversed() : events);
    return { events: items, nextToken };
  },
  ListExecutions: async (input, parts) => {
    const machine = await machineOf(input, parts);
    const { items, nextToken } = pageOf(input, await machine.journal.list(optional(input, 'statusFilter')));
    return { executions: items.map((execution) => summary(execution, machine)), nextToken };
  },
  StopExecution: async (input, parts) => {
    const { machine, execution } = await readExecution(input, parts);
    const [error, cause] = [optional(input, 'error'), optional(input, 'cause')];
    const { stopDate } = await executionsOf(machine).stop(execution.name, error, cause);
    return { stopDate: seconds(stopDate) };
  },
  DescribeStateMachine: async (input, parts) => {
    const { name } = await machineOf(input, parts);
    return {
      stateMachineArn: stateMachineArn(name),
      name,
      status: 'ACTIVE',
      definition: JSON.stringify(parts.definition),
      roleArn: `arn:aws:iam::${stackNames.owner}:role/awspip-vetting`,
      type: 'STANDARD',
      creationDate: seconds(parts.createdTime),
    };
  },
  ListStateMachines: async (_input, { domains, createdTime }) => ({
    stateMachines: (await domains.machineNames()).map((name) => ({
      stateMachineArn: stateMachineArn(name),
      name,
      type: 'STANDARD',
      creationDate: seconds(createdTime),
    })),
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
  const headers: Headers = { ...contentType };
  return jsonResponse(await operation(input as Input, parts, headers), 200, headers);
}

/** Returns the response for a fault in the AWS JSON 1.0 protocol. */
export function jsonFault({ type, status, message, members }: AwsFault): HttpResponse {
  return jsonResponse({ __type: type, message, ...members }, status, { ...contentType, 'x-amzn-errortype': type });
}
