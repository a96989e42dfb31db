import { type ClientConfiguration, stsClient } from './clients.ts';

/** Returns the ARN of the credentials' identity; undefined without an answer of STS, which a VPC may not reach. */
export async function callerArn(client: ClientConfiguration): Promise<string | undefined> {
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  try {
    return (await (await stsClient(client)).send(new GetCallerIdentityCommand({}))).Arn;
  } catch {
    return undefined;
  }
}
