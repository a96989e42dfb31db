import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  SingleValueWidget,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionName } from '../function-names.ts';
import { metricNames, metricNamespace } from '../metric-names.ts';
import type { InfraOptions } from '../options.ts';
import { customerKey } from './encryption.ts';
import type { StackFunction } from './function.ts';

export type MonitoredResources = {
  readonly machine: StateMachine;
  readonly functions: Readonly<Record<FunctionName, StackFunction>>;
  readonly queue: Queue;
};

const fiveMinutes = Duration.minutes(5);

/** Adds alarms on failures that users don't see, and one dashboard. */
export function monitoring(parent: Construct, options: InfraOptions, resources: MonitoredResources): void {
  const scope = new Construct(parent, 'Watching');
  const alarms = addAlarms(scope, options, resources);
  for (const topic of alarmTopics(scope, options)) {
    const action = new SnsAction(topic);
    for (const alarm of alarms) alarm.addAlarmAction(action);
  }
  addDashboard(scope, options, resources);
}

/** Returns the topics that receive the alarms: a company's own, and one that sends email. */
function alarmTopics(scope: Construct, options: InfraOptions): ITopic[] {
  const { alarmTopicArn, alarmEmail } = options;
  const topics = alarmTopicArn === undefined ? [] : [Topic.fromTopicArn(scope, 'AlarmTopic', alarmTopicArn)];
  if (alarmEmail === undefined) return topics;
  const masterKey = customerKey(scope, options);
  const topic = new Topic(scope, 'Email', {
    displayName: `${options.name} alarms`,
    enforceSSL: true,
    ...(masterKey === undefined ? {} : { masterKey }),
  });
  topic.addSubscription(new EmailSubscription(alarmEmail));
  // The policy that enforces TLS replaces the default one, which lets CloudWatch publish.
  const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
  const account = { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } };
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [cloudWatch],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: account,
    }),
  );
  return [...topics, topic];
}

const customMetric = (
  { name }: InfraOptions,
  metricName: string,
  dimensions: Record<string, string> = {},
  statistic = Stats.SUM,
) =>
  new Metric({
    namespace: metricNamespace,
    metricName,
    dimensionsMap: { Stack: name, ...dimensions },
    statistic,
    period: fiveMinutes,
  });

function addAlarms(
  scope: Construct,
  options: InfraOptions,
  { machine, functions, queue }: MonitoredResources,
): Alarm[] {
  const anyOccurrence: CreateAlarmOptions = {
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
  const period = { period: fiveMinutes };
  const alarm = (
    id: string,
    metric: IMetric & { createAlarm: Metric['createAlarm'] },
    alarmDescription: string,
    overrides = {},
  ) =>
    metric.createAlarm(scope, id, {
      ...anyOccurrence,
      alarmName: `${options.name}-${id}`,
      alarmDescription,
      ...overrides,
    });
  return [
    alarm('ExecutionsFailed', machine.metricFailed(period), 'A vetting ended in ERROR. Its record has the cause'),
    alarm('ExecutionsTimedOut', machine.metricTimedOut(period), 'A vetting did not end within two hours'),
    alarm('ExecutionsAborted', machine.metricAborted(period), 'A vetting was stopped manually'),
    alarm('ExecutionsThrottled', machine.metricThrottled(period), 'Step Functions throttles executions'),
    alarm(
      'StuckRequests',
      customMetric(options, metricNames.stuck, {}, Stats.MAXIMUM),
      'Requests in CHECK whose execution stopped without a result',
    ),
    alarm('FailedEvents', queue.metricApproximateNumberOfMessagesVisible(period), 'Events that could not be handled'),
    alarm('RecheckFailed', functions.Recheck.handler.metricErrors(period), 'The check of vetted releases failed'),
    alarm(
      'Archived',
      customMetric(options, metricNames.archived),
      'A release in secure-pypi was archived as malware, blocked or denied',
    ),
    alarm(
      'EventsRefused',
      customMetric(options, metricNames.eventsRefused),
      'Many 404 events exceeded the limit per minute',
      {
        threshold: 100,
      },
    ),
    alarm(
      'CopyThrottled',
      functions.Copy.handler.metricThrottles(period),
      'Copies wait longer than their retries last',
      { threshold: 100, evaluationPeriods: 3 },
    ),
    alarm('FirewallErrors', functions.PackageCheck.handler.metricErrors(period), 'The firewall API fails'),
  ];
}

function addDashboard(scope: Construct, options: InfraOptions, { machine, functions }: MonitoredResources): void {
  const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
    new GraphWidget({ title, left, right, width: 12, height: 6 });
  const ended = ['SECURE', 'BLOCKED', 'HELD', 'ERROR'].map((Status) =>
    customMetric(options, metricNames.ended, { Status }).with({ label: Status }),
  );
  const verdicts = ['Green', 'Yellow', 'Red'].map((Level) =>
    customMetric(options, metricNames.verdicts, { Level }).with({ label: Level }),
  );
  const time = (statistic: string) =>
    customMetric(options, metricNames.secondsToSecure, {}, statistic).with({ label: statistic });
  const all = Object.values(functions);
  const total = (label: string, metricOf: (target: StackFunction) => IMetric) =>
    new MathExpression({
      expression: 'SUM(METRICS())',
      label,
      period: fiveMinutes,
      usingMetrics: Object.fromEntries(all.map((target, at) => [`m${at}`, metricOf(target)])),
    });
  const day = { period: Duration.days(1) };
  const dashboard = new Dashboard(scope, 'Dashboard', { dashboardName: options.name });
  dashboard.addWidgets(
    new SingleValueWidget({ title: 'Requests today', metrics: [machine.metricStarted(day)], width: 6 }),
    new SingleValueWidget({ title: 'Failed today', metrics: [machine.metricFailed(day)], width: 6 }),
    new SingleValueWidget({
      title: 'Stuck requests',
      metrics: [customMetric(options, metricNames.stuck, {}, Stats.MAXIMUM)],
      width: 6,
    }),
    new SingleValueWidget({
      title: 'Archived',
      metrics: [customMetric(options, metricNames.archived).with(day)],
      width: 6,
    }),
    graph('Requests by status', ended),
    graph('Verdicts by level', verdicts),
    graph('Seconds to SECURE', [time('p50'), time('p90'), time('p99')]),
    graph('Failures', [
      machine.metricFailed({ period: fiveMinutes }),
      machine.metricTimedOut({ period: fiveMinutes }),
      total('Function errors', ({ handler }) => handler.metricErrors({ period: fiveMinutes })),
    ]),
    graph('Throttles', [
      machine.metricThrottled({ period: fiveMinutes }),
      total('Function throttles', ({ handler }) => handler.metricThrottles({ period: fiveMinutes })),
    ]),
    graph('Events', [customMetric(options, metricNames.eventsTaken), customMetric(options, metricNames.eventsRefused)]),
  );
}
