import type { Claim } from '../../workflow/claim.ts';
import type { RequestEnd } from '../../workflow/tasks/conclude.ts';
import { metricNames } from '../metric-names.ts';
import { countMetric } from './parts/count-metric.ts';
import { taskHandler } from './parts/task-handler.ts';

const conclude = taskHandler('Conclude');

export async function handler(payload: { readonly claim: Claim }): Promise<unknown> {
  const end = (await conclude(payload)) as RequestEnd;
  countMetric(metricNames.ended, 1, { Status: end.status });
  const seconds = (Date.now() - Date.parse(payload.claim.startedAt)) / 1000;
  if (end.status === 'SECURE') countMetric(metricNames.secondsToSecure, seconds);
  return end;
}
