import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { dynamoClient, stepFunctionsClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { serviceError } from '../aws/service-errors.ts';
import type { ProcessContext } from '../process-context.ts';
import { sfnStarter } from '../vetting/starter.ts';
import { vettingStore } from '../vetting/store.ts';
import { documentClient } from '../vetting/table.ts';
import type { RequestRecord } from '../vetting/types.ts';
import type { Records } from './types.ts';

/** The records as those who decide read and write them. */
export async function openRecords(context: ProcessContext, deployment: Deployment): Promise<Records> {
  const client = documentClient(await dynamoClient(deployment.client));
  const store = vettingStore({ client, table: deployment.table, now: context.now });
  return {
    ...store,
    startAgain: async (request) => {
      const stateMachineArn = deployment.stateMachine();
      const sfn = await stepFunctionsClient(deployment.client);
      const asked = await askedOf(sfn, stateMachineArn, request);
      if (asked === undefined) return false;
      const starter = sfnStarter({ client: sfn, stateMachineArn, sleep: context.sleep, random: context.random });
      const attempt = request.attempt + 1;
      await starter.start(`${request.requestId}-${attempt}`, { ...asked, requestId: request.requestId, attempt });
      return true;
    },
  };
}

type Asked = Omit<Parameters<ReturnType<typeof sfnStarter>['start']>[1], 'requestId' | 'attempt'>;

/**
 * What the request's last execution was asked, as Step Functions keeps it; undefined when it keeps it no more (90 days),
 * or when an event asked, which asks again by itself.
 *
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
 */
async function askedOf(
  sfn: SFNClient,
  stateMachineArn: string,
  { execution }: RequestRecord,
): Promise<Asked | undefined> {
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${execution}`;
  try {
    const { input = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const asked: unknown = JSON.parse(input);
    return typeof asked === 'object' && asked !== null && 'roots' in asked ? (asked as Asked) : undefined;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'ExecutionDoesNotExist' || error instanceof SyntaxError) return undefined;
    throw serviceError(error, `execution ${executionArn}`);
  }
}
