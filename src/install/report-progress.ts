import type { RequestRecord } from '../vetting/types.ts';
import type { Report } from './types.ts';

/** Reports the progress of a vetting every second and after each change of its record. */
type ProgressReport = {
  readonly update: (record: RequestRecord) => void;
  /** Sets how many other executions run first. */
  readonly queue: (others: number) => void;
  readonly stop: () => void;
};

/** Starts reporting the time since `startedAt`. All times are in epoch milliseconds. */
export function reportProgress(report: Report, startedAt: number, now: () => number): ProgressReport {
  let record: RequestRecord | undefined;
  let waitsFor = 0;
  const send = () => report({ code: 'vetting-progress', record, waitsFor, seconds: (now() - startedAt) / 1000 });
  send();
  const timer = setInterval(send, 1000);
  return {
    update: (changed) => {
      record = changed;
      waitsFor = 0;
      send();
    },
    queue: (others) => {
      if (others === waitsFor) return;
      waitsFor = others;
      send();
    },
    stop: () => clearInterval(timer),
  };
}
