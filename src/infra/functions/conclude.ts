import type { Claim } from '../../workflow/claim.ts';
import type { RequestEnd } from '../../workflow/tasks/conclude.ts';
import { metricNames } from '../metric-names.ts';
import { count } from './parts/metrics.ts';
import { taskHandler } from './parts/task-handler.ts';

const conclude = taskHandler('Conclude');

export async function handler(payload: { readonly claim: Claim }): Promise<unknown> {
  const end = (await conclude(payload)) as RequestEnd;
  count(metricNames.ended, 1, { Status: end.status });
  const seconds = (Date.now() - Date.parse(payload.claim.startedAt)) / 1000;
  if (end.status === 'SECURE') count(metricNames.secondsToSecure, seconds);
  return end;
}
