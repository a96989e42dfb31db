import { Duration } from 'aws-cdk-lib';
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
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionName } from '../function-names.ts';
import { metricNames, metricNamespace } from '../metric-names.ts';
import type { InfraOptions } from '../options.ts';
import type { MadeFunction } from './function.ts';

export type Watched = {
  readonly machine: StateMachine;
  readonly functions: Readonly<Record<FunctionName, MadeFunction>>;
  readonly queue: Queue;
};

const fiveMinutes = Duration.minutes(5);

/** Alarms on what nobody would see otherwise, and one dashboard. */
export function watching(parent: Construct, options: InfraOptions, watched: Watched): void {
  const scope = new Construct(parent, 'Watching');
  const alarms = addAlarms(scope, options, watched);
  if (options.alarmTopicArn !== undefined) {
    const action = new SnsAction(Topic.fromTopicArn(scope, 'AlarmTopic', options.alarmTopicArn));
    for (const alarm of alarms) alarm.addAlarmAction(action);
  }
  addDashboard(scope, options, watched);
}

const own = (
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

function addAlarms(scope: Construct, options: InfraOptions, { machine, functions, queue }: Watched): Alarm[] {
  const any: CreateAlarmOptions = {
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
  const period = { period: fiveMinutes };
  const watch = (
    id: string,
    metric: IMetric & { createAlarm: Metric['createAlarm'] },
    alarmDescription: string,
    more = {},
  ) => metric.createAlarm(scope, id, { ...any, alarmName: `${options.name}-${id}`, alarmDescription, ...more });
  return [
    watch('ExecutionsFailed', machine.metricFailed(period), 'A vetting ended in ERROR; its record holds the cause'),
    watch('ExecutionsTimedOut', machine.metricTimedOut(period), 'A vetting did not end within two hours'),
    watch('ExecutionsAborted', machine.metricAborted(period), 'Someone stopped a vetting'),
    watch('ExecutionsThrottled', machine.metricThrottled(period), 'Step Functions asks for fewer executions'),
    watch(
      'StuckRequests',
      own(options, metricNames.stuck, {}, Stats.MAXIMUM),
      'Requests in CHECK that nobody works on',
    ),
    watch('FailedEvents', queue.metricApproximateNumberOfMessagesVisible(period), 'Events that could not be handled'),
    watch('RecheckFailed', functions.Recheck.handler.metricErrors(period), 'Secure releases were not looked up again'),
    watch('Archived', own(options, metricNames.archived), 'A release in secure-pypi was found bad and switched off'),
    watch(
      'EventsRefused',
      own(options, metricNames.eventsRefused),
      'More made-up names than the 404 event may ask for',
      {
        threshold: 100,
      },
    ),
    watch(
      'CopyThrottled',
      functions.Copy.handler.metricThrottles(period),
      'Copies queue for longer than retries last',
      { threshold: 100, evaluationPeriods: 3 },
    ),
    watch('FirewallErrors', functions.PackageCheck.handler.metricErrors(period), 'The firewall API fails'),
  ];
}

function addDashboard(scope: Construct, options: InfraOptions, { machine, functions }: Watched): void {
  const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
    new GraphWidget({ title, left, right, width: 12, height: 6 });
  const ended = ['SECURE', 'BLOCKED', 'HELD', 'ERROR'].map((Status) =>
    own(options, metricNames.ended, { Status }).with({ label: Status }),
  );
  const verdicts = ['Green', 'Yellow', 'Red'].map((Level) =>
    own(options, metricNames.verdicts, { Level }).with({ label: Level }),
  );
  const time = (statistic: string) =>
    own(options, metricNames.secondsToSecure, {}, statistic).with({ label: statistic });
  const all = Object.values(functions);
  const total = (label: string, pick: (one: MadeFunction) => IMetric) =>
    new MathExpression({
      expression: 'SUM(METRICS())',
      label,
      period: fiveMinutes,
      usingMetrics: Object.fromEntries(all.map((one, at) => [`m${at}`, pick(one)])),
    });
  const day = { period: Duration.days(1) };
  const dashboard = new Dashboard(scope, 'Dashboard', { dashboardName: options.name });
  dashboard.addWidgets(
    new SingleValueWidget({ title: 'Requests today', metrics: [machine.metricStarted(day)], width: 6 }),
    new SingleValueWidget({ title: 'Failed today', metrics: [machine.metricFailed(day)], width: 6 }),
    new SingleValueWidget({
      title: 'Stuck requests',
      metrics: [own(options, metricNames.stuck, {}, Stats.MAXIMUM)],
      width: 6,
    }),
    new SingleValueWidget({ title: 'Archived', metrics: [own(options, metricNames.archived).with(day)], width: 6 }),
    graph('Requests by end', ended),
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
    graph('Events', [own(options, metricNames.eventsTaken), own(options, metricNames.eventsRefused)]),
  );
}
