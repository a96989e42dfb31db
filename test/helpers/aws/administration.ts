import {
  CodeartifactClient,
  DescribePackageVersionCommand,
  UpdatePackageVersionsStatusCommand,
} from '@aws-sdk/client-codeartifact';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { stackNames, stateMachineArn } from '../stack-names.ts';
import type { AwsGateway } from './aws-gateway.ts';

/** Makes the calls of the AWS CLI that docs/aws/deploy.md describes for administrators. */
export async function administrate(
  gateway: AwsGateway,
  {
    bucket,
    stackName,
    release,
  }: {
    readonly bucket: string;
    readonly stackName: string;
    /** A release in secure-pypi. */
    readonly release: { readonly name: string; readonly version: string };
  },
): Promise<void> {
  const access = {
    endpoint: gateway.origin,
    region: stackNames.region,
    credentials: { accessKeyId: gateway.keyOf('Administrators'), secretAccessKey: 'x' },
    maxAttempts: 1,
  };
  const s3 = new S3Client(access);
  const object = { Bucket: bucket, Key: 'policy.json' };
  await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  await s3.send(new PutObjectCommand({ ...object, Body: '{}' }));
  await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  for (const VersionId of [undefined, '1']) {
    await s3.send(new GetObjectCommand({ ...object, VersionId })).catch(() => {});
  }
  const ssm = new SSMClient(access);
  for (const secret of ['github-token', 'slack-webhook', 'webhook-secret']) {
    const Name = `/${stackName}/${secret}`;
    await ssm.send(new PutParameterCommand({ Name, Value: 'x', Type: 'SecureString' }));
    await ssm.send(new DeleteParameterCommand({ Name }));
  }
  const codeArtifact = new CodeartifactClient(access);
  const at = {
    domain: stackNames.domain,
    domainOwner: stackNames.owner,
    repository: stackNames.secure,
    format: 'pypi',
  } as const;
  const version = { ...at, package: release.name };
  await codeArtifact.send(new DescribePackageVersionCommand({ ...version, packageVersion: release.version }));
  for (const targetStatus of ['Archived', 'Published'] as const) {
    await codeArtifact.send(
      new UpdatePackageVersionsStatusCommand({ ...version, versions: [release.version], targetStatus }),
    );
  }
  const sfn = new SFNClient(access);
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  const { executionArn } = executions[0] ?? {};
  await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
  await sfn.send(new StopExecutionCommand({ executionArn }));
}
