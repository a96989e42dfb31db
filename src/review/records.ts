import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { codeArtifactClient, dynamoClient, stepFunctionsClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { serviceError } from '../aws/service-errors.ts';
import { setStatus } from '../codeartifact/set-status.ts';
import { actorOfProcess, type ProcessContext } from '../process-context.ts';
import { sfnStarter } from '../vetting/starter.ts';
import { vettingStore } from '../vetting/store.ts';
import { documentClient } from '../vetting/table.ts';
import type { RequestRecord } from '../vetting/types.ts';
import { listedReleases } from './listed-releases.ts';
import type { Records } from './types.ts';

/** Opens the records of a deployment for reviewers. */
export async function openRecords(context: ProcessContext, deployment: Deployment): Promise<Records> {
  const client = documentClient(await dynamoClient(deployment.client));
  const store = vettingStore({ client, table: deployment.table, now: context.now });
  return {
    ...store,
    listedReleases: (releases) => listedReleases(context, deployment, releases),
    actor: async () => ({ ...actorOfProcess(), identity: await deployment.callerArn?.() }),
    async setStatus(name, versions, status) {
      const { domain, domainOwner, repository } = deployment;
      const artifacts = await codeArtifactClient(deployment.client);
      return setStatus({ client: artifacts, domain, domainOwner, repository }, name, versions, status);
    },
    restartVetting: async (request) => {
      const stateMachineArn = deployment.stateMachine();
      const sfn = await stepFunctionsClient(deployment.client);
      const input = await readInput(sfn, stateMachineArn, request);
      if (input === undefined) return false;
      const starter = sfnStarter({ client: sfn, stateMachineArn, sleep: context.sleep, random: context.random });
      const attempt = request.attempt + 1;
      await starter.start(`${request.requestId}-${attempt}`, { ...input, requestId: request.requestId, attempt });
      return true;
    },
  };
}

type ExecutionInput = Omit<Parameters<ReturnType<typeof sfnStarter>['start']>[1], 'requestId' | 'attempt'>;

/**
 * Reads the input of the request's last execution. Returns undefined if Step Functions has deleted it (after 90 days), or
 * if a 404 event started the execution, because the next 404 starts another one.
 *
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
 */
async function readInput(
  sfn: SFNClient,
  stateMachineArn: string,
  { execution }: RequestRecord,
): Promise<ExecutionInput | undefined> {
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${execution}`;
  try {
    const { input = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const parsed: unknown = JSON.parse(input);
    return typeof parsed === 'object' && parsed !== null && 'roots' in parsed ? (parsed as ExecutionInput) : undefined;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'ExecutionDoesNotExist' || error instanceof SyntaxError) return undefined;
    throw serviceError(error, `execution ${executionArn}`);
  }
}
