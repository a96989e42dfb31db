import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';

/** Returns the ARN of an execution of a state machine, which may be given with a version or an alias. */
export function executionArn(stateMachineArn: string, name: string): string {
  return [...stateMachineArn.replace(':stateMachine:', ':execution:').split(':').slice(0, 7), name].join(':');
}

/** Returns the ARN of another execution of the same state machine. */
export function siblingArn(arn: string, name: string): string {
  return [...arn.split(':').slice(0, 7), name].join(':');
}

/**
 * Asks Step Functions whether an execution runs, which also holds while it waits for a task that is throttled. Returns
 * undefined if there is no answer, as without the permission `states:DescribeExecution`.
 */
export async function isRunning(client: SFNClient, arn: string): Promise<boolean | undefined> {
  try {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  } catch (error) {
    return error instanceof Error && error.name === 'ExecutionDoesNotExist' ? false : undefined;
  }
}
