import { Stack } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { LogGroupProps } from 'aws-cdk-lib/aws-logs';
import { BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import { QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { InfraOptions } from '../options.ts';

/**
 * Returns the customer managed key that the options name, if any. Its policy is the company's; docs/aws/permissions.md shows what
 * it must allow.
 */
export function customerKey(scope: Construct, { kmsKeyArn }: InfraOptions): IKey | undefined {
  if (kmsKeyArn === undefined) return undefined;
  const stack = Stack.of(scope);
  return (stack.node.tryFindChild('Key') as IKey | undefined) ?? Key.fromKeyArn(stack, 'Key', kmsKeyArn);
}

/** Returns a log group's encryption. */
export function logEncryption(scope: Construct, options: InfraOptions): Partial<LogGroupProps> {
  const encryptionKey = customerKey(scope, options);
  return encryptionKey === undefined ? {} : { encryptionKey };
}

/** Returns a queue's encryption. */
export function queueEncryption(scope: Construct, options: InfraOptions): Partial<QueueProps> {
  const encryptionMasterKey = customerKey(scope, options);
  return encryptionMasterKey === undefined
    ? { encryption: QueueEncryption.SQS_MANAGED }
    : { encryption: QueueEncryption.KMS, encryptionMasterKey };
}

/** Returns a bucket's encryption. A bucket key makes one call of KMS serve many objects. */
export function bucketEncryption(scope: Construct, options: InfraOptions): Partial<BucketProps> {
  const encryptionKey = customerKey(scope, options);
  return encryptionKey === undefined
    ? { encryption: BucketEncryption.S3_MANAGED }
    : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true };
}
