import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { environmentValue } from './environment-value.ts';

let client: SFNClient | undefined;

/** Starts one execution. `exists`: an execution of that name has started before, which is no failure. */
export async function startExecution(name: string, input: unknown): Promise<'started' | 'exists'> {
  client ??= new SFNClient({});
  const stateMachineArn = environmentValue('STATE_MACHINE_ARN');
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    return 'started';
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionAlreadyExists') return 'exists';
    throw error;
  }
}
