import type { RequestSigner } from '@smithy/types';
import type { AwsSession } from './session.ts';
import { silentLogger } from './silent-logger.ts';

/** The services whose endpoint has a setting of its own. */
type Service = 'codeartifact' | 'dynamodb' | 'stepFunctions';

/** The configuration of every AWS client. The SDK's default chain supplies the absent parts. */
export type ClientConfiguration = {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Sends and signs the requests of the local stack's clients. */
  readonly requestHandler?: AwsSession['requestHandler'] | undefined;
  readonly signer?: RequestSigner | undefined;
  /** Opens what the AWS CLI does in addition to the SDK; absent for the local stack. */
  readonly session?: (() => Promise<AwsSession>) | undefined;
  /** Endpoints set by the user, such as VPC interface endpoints without private DNS. */
  readonly endpoints?: Readonly<Partial<Record<Service, string | undefined>>> | undefined;
};

/** Returns the SDK options without undefined values, because an explicit `undefined` disables the SDK's default chain. */
async function sdkOptions(
  { region, endpoint, credentials, requestHandler, signer, session, endpoints }: ClientConfiguration,
  service?: Service,
) {
  const serviceEndpoint = (service && endpoints?.[service]) ?? endpoint;
  return {
    logger: silentLogger,
    ...(await session?.()),
    ...(region !== undefined && { region }),
    ...(serviceEndpoint !== undefined && { endpoint: serviceEndpoint }),
    ...(credentials !== undefined && { credentials }),
    ...(requestHandler !== undefined && { requestHandler }),
    ...(signer !== undefined && { signer }),
  };
}

// Each function imports its SDK client lazily: an install with a cached token and no missing package loads no SDK.

export async function codeArtifactClient(configuration: ClientConfiguration) {
  const { CodeartifactClient } = await import('@aws-sdk/client-codeartifact');
  return new CodeartifactClient(await sdkOptions(configuration, 'codeartifact'));
}

export async function dynamoClient(configuration: ClientConfiguration) {
  const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
  return new DynamoDBClient(await sdkOptions(configuration, 'dynamodb'));
}

export async function stepFunctionsClient(configuration: ClientConfiguration) {
  const { SFNClient } = await import('@aws-sdk/client-sfn');
  return new SFNClient(await sdkOptions(configuration, 'stepFunctions'));
}

export async function ssmClient(configuration: ClientConfiguration) {
  const { SSMClient } = await import('@aws-sdk/client-ssm');
  return new SSMClient(await sdkOptions(configuration));
}

export async function stsClient(configuration: ClientConfiguration) {
  const { STSClient } = await import('@aws-sdk/client-sts');
  return new STSClient(await sdkOptions(configuration));
}

export async function cloudTrailClient(configuration: ClientConfiguration) {
  const { CloudTrailClient } = await import('@aws-sdk/client-cloudtrail');
  return new CloudTrailClient(await sdkOptions(configuration));
}

export async function s3Client(configuration: ClientConfiguration) {
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client(await sdkOptions(configuration));
}
