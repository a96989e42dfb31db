import type { RequestRecord } from '../vetting/types.ts';
import type { Report } from './types.ts';

/** Reports the progress of a vetting every second and after each change of its record. */
type ProgressReport = {
  readonly update: (record: RequestRecord) => void;
  readonly stop: () => void;
};

/** Starts reporting the time since `startedAt`. All times are in epoch milliseconds. */
export function reportProgress(report: Report, startedAt: number, now: () => number): ProgressReport {
  let record: RequestRecord | undefined;
  const send = () => report({ code: 'vetting-progress', record, seconds: (now() - startedAt) / 1000 });
  send();
  const timer = setInterval(send, 1000);
  return {
    update: (changed) => {
      record = changed;
      send();
    },
    stop: () => clearInterval(timer),
  };
}
