import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ReadWriteType, Trail } from 'aws-cdk-lib/aws-cloudtrail';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { InfraOptions } from '../options.ts';

/** A trail of management events, reads included: without one, no CodeArtifact read becomes an event. */
export function trail(parent: Construct, options: InfraOptions): void {
  if (!options.trail) return;
  const scope = new Construct(parent, 'Trail');
  const bucket = new Bucket(scope, 'Bucket', {
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    lifecycleRules: [{ expiration: Duration.days(options.logDays) }],
    removalPolicy: options.keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  acknowledge(
    bucket,
    'AwsSolutions-S1',
    'it holds the log of access; a log of reading the log is a matter of the account',
  );
  new Trail(scope, 'Trail', {
    bucket: bucket as IBucket,
    isMultiRegionTrail: false,
    includeGlobalServiceEvents: false,
    enableFileValidation: true,
    managementEvents: ReadWriteType.ALL,
  });
}
