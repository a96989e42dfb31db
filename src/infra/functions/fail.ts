import { metricNames } from '../metric-names.ts';
import { countMetric } from './parts/count-metric.ts';
import { taskHandler } from './parts/task-handler.ts';

const fail = taskHandler('Fail');

export async function handler(payload: unknown): Promise<unknown> {
  const end = await fail(payload);
  countMetric(metricNames.ended, 1, { Status: 'ERROR' });
  return end;
}
