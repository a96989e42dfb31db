import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { InfraOptions } from '../options.ts';
import { bucketEncryption } from './encryption.ts';
import { keepResource } from './repositories.ts';

/**
 * Adds the versioned bucket of the policy file, unless it exists. Its name follows from the stack's name, so that the
 * next deployment finds it. Functions check the file for changes once a minute.
 */
export function policyBucket(parent: Construct, options: InfraOptions): IBucket {
  const scope = new Construct(parent, 'Policy');
  if (options.existingPolicyBucket !== undefined)
    return Bucket.fromBucketName(scope, 'Bucket', options.existingPolicyBucket);
  const { account, region } = Stack.of(scope);
  const bucket = new Bucket(scope, 'Bucket', {
    bucketName: `${options.name}-policy-${account}-${region}`,
    versioned: true,
    ...bucketEncryption(scope, options),
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    lifecycleRules: [
      { noncurrentVersionExpiration: Duration.days(3650), abortIncompleteMultipartUploadAfter: Duration.days(7) },
    ],
    removalPolicy: RemovalPolicy.DESTROY,
  });
  if (options.keep) keepResource(bucket.node.defaultChild as CfnBucket);
  acknowledge(
    bucket,
    'AwsSolutions-S1',
    'it has one small file that the functions read, and its versions record the changes',
  );
  return bucket as IBucket;
}
