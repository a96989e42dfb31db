import { metricNamespace } from '../../metric-names.ts';
import { environmentValue } from './environment-value.ts';

/**
 * Counts a metric by writing a line in the embedded metric format, which CloudWatch reads from the log.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function countMetric(metric: string, value = 1, dimensions: Readonly<Record<string, string>> = {}): void {
  const all = { Stack: environmentValue('STACK'), ...dimensions };
  const line = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: metricNamespace, Dimensions: [Object.keys(all)], Metrics: [{ Name: metric }] }],
    },
    ...all,
    [metric]: value,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
