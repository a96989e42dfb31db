import { Duration, Stack } from 'aws-cdk-lib';
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { withKey } from '../key-permissions.ts';
import type { InfraOptions } from '../options.ts';
import type { Permission } from '../permissions.ts';
import { statementsOf } from '../policy-statements.ts';
import { queueEncryption } from './encryption.ts';
import type { StackFunction } from './function.ts';

/** Returns the dead-letter queue. It keeps events that could not be handled for two weeks, and has an alarm. */
export function failedEvents(parent: Construct, options: InfraOptions): Queue {
  const scope = new Construct(parent, 'FailedEvents');
  const queue = new Queue(scope, 'Queue', {
    ...queueEncryption(scope, options),
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(queue, 'AwsSolutions-SQS3', 'this queue is itself a dead-letter queue');
  return queue;
}

/** Sends a function's failed events to the queue. An event is retried once within an hour; older ones are useless. */
export function keepFailedEvents({ handler, role }: StackFunction, queue: Queue, options: InfraOptions): void {
  new CfnEventInvokeConfig(handler, 'Failures', {
    functionName: handler.functionName,
    qualifier: '$LATEST',
    maximumRetryAttempts: 1,
    maximumEventAgeInSeconds: 3600,
    destinationConfig: { onFailure: { destination: queue.queueArn } },
  });
  const send: Permission = { actions: ['sqs:SendMessage'], resources: ['failedEvents'] };
  const permissions = withKey([send], { ...options, region: Stack.of(handler).region });
  const arns = { failedEvents: [queue.queueArn], key: options.kmsKeyArn === undefined ? [] : [options.kmsKeyArn] };
  for (const statement of statementsOf(permissions, arns)) role.addToPolicy(statement);
}
