import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { MadeFunction } from './function.ts';

/** Where events end that nothing could be done about: an alarm tells of them, and they stay for two weeks. */
export function failedEvents(parent: Construct): Queue {
  const scope = new Construct(parent, 'FailedEvents');
  const queue = new Queue(scope, 'Queue', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(queue, 'AwsSolutions-SQS3', 'it is the dead-letter queue itself');
  return queue;
}

/** An event is tried twice within the hour; older ones are of no use to anyone who waits. */
export function keepFailures({ handler, role }: MadeFunction, queue: Queue): void {
  new CfnEventInvokeConfig(handler, 'Failures', {
    functionName: handler.functionName,
    qualifier: '$LATEST',
    maximumRetryAttempts: 1,
    maximumEventAgeInSeconds: 3600,
    destinationConfig: { onFailure: { destination: queue.queueArn } },
  });
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }));
}
