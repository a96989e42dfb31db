import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ReadWriteType, Trail } from 'aws-cdk-lib/aws-cloudtrail';
import { BlockPublicAccess, Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { InfraOptions } from '../options.ts';
import { bucketEncryption, customerKey } from './encryption.ts';

/** Adds a trail of management events, including reads. Without a trail, reads of CodeArtifact produce no events. */
export function trail(parent: Construct, options: InfraOptions): void {
  if (!options.trail) return;
  const scope = new Construct(parent, 'Trail');
  const bucket = new Bucket(scope, 'Bucket', {
    ...bucketEncryption(scope, options),
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    lifecycleRules: [{ expiration: Duration.days(options.logDays) }],
    // CloudTrail writes into it immediately, so that a rollback could not delete it. Its name is generated.
    removalPolicy: options.keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  acknowledge(
    bucket,
    'AwsSolutions-S1',
    'it contains the access log; whether reads of this log are logged is up to the account',
  );
  const encryptionKey = customerKey(scope, options);
  new Trail(scope, 'Trail', {
    ...(encryptionKey === undefined ? {} : { encryptionKey }),
    bucket: bucket as IBucket,
    isMultiRegionTrail: false,
    includeGlobalServiceEvents: false,
    enableFileValidation: true,
    managementEvents: ReadWriteType.ALL,
  });
}
