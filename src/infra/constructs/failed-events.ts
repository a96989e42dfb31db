import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { StackFunction } from './function.ts';

/** Returns the dead-letter queue. It keeps events that could not be handled for two weeks, and has an alarm. */
export function failedEvents(parent: Construct): Queue {
  const scope = new Construct(parent, 'FailedEvents');
  const queue = new Queue(scope, 'Queue', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(queue, 'AwsSolutions-SQS3', 'this queue is itself a dead-letter queue');
  return queue;
}

/** Sends a function's failed events to the queue. An event is retried once within an hour; older ones are useless. */
export function keepFailedEvents({ handler, role }: StackFunction, queue: Queue): void {
  new CfnEventInvokeConfig(handler, 'Failures', {
    functionName: handler.functionName,
    qualifier: '$LATEST',
    maximumRetryAttempts: 1,
    maximumEventAgeInSeconds: 3600,
    destinationConfig: { onFailure: { destination: queue.queueArn } },
  });
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }));
}
