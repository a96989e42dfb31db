import { dynamoClient, stepFunctionsClient, stsClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { serviceError } from '../aws/service-errors.ts';
import { openAccess } from '../codeartifact/open-access.ts';
import type { RepositoryAccess } from '../codeartifact/repository-access.ts';
import { AwspipError } from '../errors.ts';
import { discardBody } from '../index/body.ts';
import { openHttp } from '../index/http.ts';
import { repositoryNetwork } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { version } from '../version.ts';
import { vettingStore } from '../vetting/store.ts';
import { documentClient } from '../vetting/table.ts';
import { check, skip } from './check.ts';
import type { Check } from './types.ts';

/** Everything on AWS that an install calls, with the rights an install has. */
export async function* awsChecks(context: ProcessContext, deployment: Deployment): AsyncIterable<Check> {
  const access = openAccess(context, deployment);
  yield await check('credentials', () => caller(deployment));
  yield await check('token', async () => {
    const { expiresAt } = await access.token();
    return Number.isFinite(expiresAt) ? `valid until ${new Date(expiresAt).toISOString()}` : 'given from elsewhere';
  });
  yield await check('repository', () => repository(context, access));
  yield await check('table', async () => {
    const client = documentClient(await dynamoClient(deployment.client));
    await vettingStore({ client, table: deployment.table, now: context.now }).readRequest('doctor', {
      consistent: false,
    });
    return deployment.table;
  });
  yield await check('workflow', () => workflow(deployment));
}

/** Who calls. Networks without a way to STS are no fault: no install asks it. */
async function caller({ client }: Deployment): Promise<string> {
  const sts = await stsClient(client);
  const { accessKeyId } = await sts.config.credentials();
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn ?? accessKeyId;
  } catch (error) {
    const failure = serviceError(error, 'STS');
    if (failure instanceof AwspipError && failure.exit === 'unavailable')
      return `${accessKeyId} (STS could not be asked who that is)`;
    throw failure;
  }
}

/** Its endpoint, and that it lets these credentials read: a project that is not there is as good as one that is. */
async function repository(context: ProcessContext, access: RepositoryAccess): Promise<string> {
  const endpoint = await access.endpoint();
  const http = openHttp(repositoryNetwork(context));
  try {
    const { token } = await access.token();
    const answer = await http.request(new URL('simple/awspip-doctor/', endpoint).href, {
      headers: { authorization: `Bearer ${token.reveal()}`, 'user-agent': `awspip/${version}`, accept: '*/*' },
    });
    await discardBody(answer);
    if (answer.status === 200 || answer.status === 404) return endpoint;
    const denied = answer.status === 401 || answer.status === 403;
    throw new AwspipError('repository-failed', `${endpoint} answers ${answer.status}`, {
      exit: denied ? 'denied' : 'unavailable',
      hint: denied ? 'these credentials need the right to codeartifact:ReadFromRepository' : undefined,
    });
  } finally {
    await http.close();
  }
}

/** Starting it is all that an install does; who may do no more than that cannot look at it first. */
async function workflow(deployment: Deployment): Promise<string> {
  const stateMachineArn = deployment.stateMachine();
  const { DescribeStateMachineCommand } = await import('@aws-sdk/client-sfn');
  const client = await stepFunctionsClient(deployment.client);
  try {
    const { status } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    return `${stateMachineArn} (${status})`;
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDeniedException') {
      return skip(`these credentials may not look at ${stateMachineArn}, which an install need not`);
    }
    throw serviceError(error, `state machine ${stateMachineArn}`);
  }
}
