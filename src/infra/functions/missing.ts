import { environmentFromUserAgent } from '../../pip/user-agent.ts';
import { decideEvent } from '../../workflow/event-request.ts';
import { metricNames } from '../metric-names.ts';
import { countMetric } from './parts/count-metric.ts';
import { countStart } from './parts/count-start.ts';
import { environmentValue } from './parts/environment-value.ts';
import { recordTable, store } from './parts/record-table.ts';
import { startExecution } from './parts/start-execution.ts';

/** Handles the 404 event, which the rule's input transformer passes as `{"package", "userAgent"}`. */
export async function handler(event: unknown): Promise<{ readonly kind: string }> {
  const decision = await decideEvent(event, {
    store: store(),
    environmentOf: environmentFromUserAgent,
    countStart: () => countStart(recordTable(), Number(environmentValue('EVENTS_PER_MINUTE')), Date.now()),
    now: Date.now,
  });
  if (decision.kind === 'too-many') countMetric(metricNames.eventsRefused);
  if (decision.kind !== 'start') return { kind: decision.kind };
  const kind = await startExecution(decision.name, decision.input);
  if (kind === 'started') countMetric(metricNames.eventsTaken);
  return { kind };
}
