import { environmentFromUserAgent } from '../../pip/user-agent.ts';
import { decideEvent } from '../../workflow/event-request.ts';
import { metricNames } from '../metric-names.ts';
import { count } from './parts/metrics.ts';
import { takeMinuteSlot } from './parts/minute-places.ts';
import { records, store } from './parts/records.ts';
import { startExecution } from './parts/start.ts';
import { environmentValue } from './parts/surroundings.ts';

/** The 404 event, as the rule's input transformer hands it over: `{"package", "userAgent"}`. */
export async function handler(event: unknown): Promise<{ readonly kind: string }> {
  const decision = await decideEvent(event, {
    store: store(),
    environmentOf: environmentFromUserAgent,
    countStart: () => takeMinuteSlot(records(), Number(environmentValue('EVENTS_PER_MINUTE')), Date.now()),
    now: Date.now,
  });
  if (decision.kind === 'too-many') count(metricNames.eventsRefused);
  if (decision.kind !== 'start') return { kind: decision.kind };
  const kind = await startExecution(decision.name, decision.input);
  if (kind === 'started') count(metricNames.eventsTaken);
  return { kind };
}
