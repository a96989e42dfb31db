import type { Check } from './types.ts';
import type { RepositoryAccess } from '../codeartifact/access.ts';
import { AwspipError } from '../errors.ts';
import { discardBody } from '../index/body.ts';
import { openHttp } from '../index/http.ts';
import { version } from '../version.ts';
import { serviceError } from '../vetting/service-errors.ts';
import { vettingStore } from '../vetting/store.ts';
import { documentClient } from '../vetting/table.ts';
import { dynamoClient, stepFunctionsClient, stsClient } from '../aws/clients.ts';
import type { Edge } from '../compose/process-context.ts';
import { networkOf, openAccess } from '../compose/install.ts';
import type { Place } from '../compose/deployment.ts';
import { check, skip } from './check.ts';

/** Everything on AWS that an install calls, with the rights an install has. */
export async function* awsChecks(edge: Edge, place: Place): AsyncIterable<Check> {
  const access = openAccess(edge, place);
  yield await check('credentials', () => caller(place));
  yield await check('token', async () => {
    const { expiresAt } = await access.token();
    return Number.isFinite(expiresAt) ? `valid until ${new Date(expiresAt).toISOString()}` : 'given from elsewhere';
  });
  yield await check('repository', () => repository(edge, access));
  yield await check('table', async () => {
    const client = documentClient(await dynamoClient(place.client));
    await vettingStore({ client, table: place.table, now: edge.now }).readRequest('doctor', { consistent: false });
    return place.table;
  });
  yield await check('workflow', () => workflow(place));
}

/** Who calls. Networks without a way to STS are no fault: no install asks it. */
async function caller({ client }: Place): Promise<string> {
  const sts = await stsClient(client);
  const { accessKeyId } = await sts.config.credentials();
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn ?? accessKeyId;
  } catch (error) {
    const told = serviceError(error, 'STS');
    if (told instanceof AwspipError && told.exit === 'unavailable')
      return `${accessKeyId} (STS could not be asked who that is)`;
    throw told;
  }
}

/** Its endpoint, and that it lets these credentials read: a project that is not there is as good as one that is. */
async function repository(edge: Edge, access: RepositoryAccess): Promise<string> {
  const endpoint = await access.endpoint();
  const http = openHttp(networkOf(edge));
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
async function workflow(place: Place): Promise<string> {
  const stateMachineArn = place.stateMachine();
  const { DescribeStateMachineCommand } = await import('@aws-sdk/client-sfn');
  const client = await stepFunctionsClient(place.client);
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
