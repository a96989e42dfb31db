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
import { checkPolicyFile } from './policy-check.ts';
import { runCheck, skip } from './run-check.ts';
import { checkTrail } from './trail-check.ts';
import type { Check } from './types.ts';

/** Checks everything on AWS that an install calls, with the permissions that an install needs. */
export async function* awsChecks(context: ProcessContext, deployment: Deployment): AsyncIterable<Check> {
  const access = openAccess(context, deployment);
  yield await runCheck('credentials', () => caller(deployment));
  yield await runCheck('token', async () => {
    const { expiresAt } = await access.token();
    return Number.isFinite(expiresAt)
      ? `valid until ${new Date(expiresAt).toISOString()}`
      : 'accepted; its expiry is unknown';
  });
  yield await runCheck('repository', () => repository(context, access));
  yield await runCheck('table', async () => {
    const client = documentClient(await dynamoClient(deployment.client));
    await vettingStore({ client, table: deployment.table, now: context.now }).readRequest('doctor', {
      consistent: false,
    });
    return deployment.table;
  });
  yield await runCheck('workflow', () => workflow(deployment));
  yield await runCheck('policy file', () => checkPolicyFile(deployment));
  yield await runCheck('trail', () => checkTrail(deployment));
}

/** Returns the identity of the credentials. An unreachable STS is no failure, because an install does not call it. */
async function caller({ client }: Deployment): Promise<string> {
  const sts = await stsClient(client);
  const { accessKeyId } = await sts.config.credentials();
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn ?? accessKeyId;
  } catch (error) {
    const failure = serviceError(error, 'STS');
    if (failure instanceof AwspipError && failure.exit === 'unavailable')
      return `${accessKeyId} (identity unknown: STS is unreachable)`;
    throw failure;
  }
}

/** Returns the repository's endpoint after a read succeeded. A 404 for a missing project also shows read access. */
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
    throw new AwspipError('repository-failed', `${endpoint} answered ${answer.status}`, {
      exit: denied ? 'denied' : 'unavailable',
      hint: denied ? 'allow the IAM action `codeartifact:ReadFromRepository` for these credentials' : undefined,
    });
  } finally {
    await http.close();
  }
}

/** Returns the state machine and its status. An install only starts it, so the permission to describe it is optional. */
async function workflow(deployment: Deployment): Promise<string> {
  const stateMachineArn = deployment.stateMachine();
  const { DescribeStateMachineCommand } = await import('@aws-sdk/client-sfn');
  const client = await stepFunctionsClient(deployment.client);
  try {
    const { status } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    return `${stateMachineArn} (${status})`;
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDeniedException') {
      return skip(`no permission to describe ${stateMachineArn}; an install does not need it`);
    }
    throw serviceError(error, `state machine ${stateMachineArn}`);
  }
}
