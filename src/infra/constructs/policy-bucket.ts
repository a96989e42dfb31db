import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { InfraOptions } from '../options.ts';

/**
 * Adds the versioned bucket of the policy file. Functions check it for changes once a minute. Without a file the
 * `recommended` policy applies.
 */
export function policyBucket(parent: Construct, options: InfraOptions): Bucket {
  const scope = new Construct(parent, 'Policy');
  const bucket = new Bucket(scope, 'Bucket', {
    versioned: true,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    lifecycleRules: [
      { noncurrentVersionExpiration: Duration.days(3650), abortIncompleteMultipartUploadAfter: Duration.days(7) },
    ],
    removalPolicy: options.keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  acknowledge(
    bucket,
    'AwsSolutions-S1',
    'it has one small file that the functions read, and its versions record the changes',
  );
  return bucket;
}
