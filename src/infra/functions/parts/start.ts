import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { environmentValue } from './surroundings.ts';

let client: SFNClient | undefined;

/** Starts one execution; a name that was used means that someone has it, which is fine. */
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
