import type { AwsSession } from './session.ts';

/** The services with an address of their own by setting. */
export type Service = 'codeartifact' | 'dynamodb' | 'stepFunctions';

/** What every AWS client is opened with. Absent parts come from the SDK's own chain. */
export type ClientConfiguration = {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** What the SDK leaves out of the AWS CLI's conventions; absent for the local stack. */
  readonly session?: (() => Promise<AwsSession>) | undefined;
  /** Interface endpoints of a VPC without private DNS, and the like. */
  readonly endpoints?: Readonly<Partial<Record<Service, string | undefined>>> | undefined;
};

/** Only what is said: an explicit undefined would switch the SDK's own chain off. */
async function said({ region, endpoint, credentials, session, endpoints }: ClientConfiguration, service?: Service) {
  const address = (service && endpoints?.[service]) ?? endpoint;
  return {
    ...(await session?.()),
    ...(region !== undefined && { region }),
    ...(address !== undefined && { endpoint: address }),
    ...(credentials !== undefined && { credentials }),
  };
}

// Each loads its SDK when first called: an install that misses nothing, with its token cached, loads none.

export async function codeArtifactClient(configuration: ClientConfiguration) {
  const { CodeartifactClient } = await import('@aws-sdk/client-codeartifact');
  return new CodeartifactClient(await said(configuration, 'codeartifact'));
}

export async function dynamoClient(configuration: ClientConfiguration) {
  const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
  return new DynamoDBClient(await said(configuration, 'dynamodb'));
}

export async function stepFunctionsClient(configuration: ClientConfiguration) {
  const { SFNClient } = await import('@aws-sdk/client-sfn');
  return new SFNClient(await said(configuration, 'stepFunctions'));
}

export async function ssmClient(configuration: ClientConfiguration) {
  const { SSMClient } = await import('@aws-sdk/client-ssm');
  return new SSMClient(await said(configuration));
}

export async function stsClient(configuration: ClientConfiguration) {
  const { STSClient } = await import('@aws-sdk/client-sts');
  return new STSClient(await said(configuration));
}
