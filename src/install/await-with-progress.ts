import type { ProcessContext } from '../process-context.ts';
import { awaitVetting, type VettingOutcome, type VettingWait } from '../vetting/await-vetting.ts';
import { openInterruption } from '../vetting/interruption.ts';
import { reportProgress } from './report-progress.ts';
import type { Report } from './types.ts';

type Wait = Pick<VettingWait, 'content' | 'since' | 'usedAttempt' | 'store' | 'starter' | 'clockOffset'>;

/** Requests a vetting or joins a running one, reports its progress, and ends when a signal arrives. @throws the errors of `awaitVetting` */
export async function awaitWithProgress(
  wait: Wait,
  { now, sleep, random, waits }: Pick<ProcessContext, 'now' | 'sleep' | 'random' | 'waits'>,
  report: Report,
): Promise<VettingOutcome> {
  const progress = reportProgress(report, now(), now);
  const interruption = openInterruption();
  try {
    const vetting = awaitVetting({
      ...{ ...wait, now, random, onProgress: progress.update, onQueued: progress.queue },
      waitSeconds: waits.remaining() / 1000,
      sleep: (milliseconds) => sleep(milliseconds, interruption.signal),
    });
    return await waits.spend(() => Promise.race([vetting, interruption.interrupted]));
  } finally {
    progress.stop();
    interruption.close();
  }
}
