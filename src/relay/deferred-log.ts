import type { RequestLog } from './request-log.ts';

/** The part of the log that a page writes. */
export type PageLog = Pick<RequestLog, 'recordPage' | 'recordFailure' | 'clearFailures' | 'recordRejectedFile'>;

/** A log for what is fetched before pip asks for it. Only what pip asks for counts as requested. */
export function deferredLog(): PageLog & { readonly replay: (log: PageLog) => void } {
  const entries: ((log: PageLog) => void)[] = [];
  return {
    recordPage: (...entry) => void entries.push((log) => log.recordPage(...entry)),
    recordFailure: (...entry) => void entries.push((log) => log.recordFailure(...entry)),
    clearFailures: (...entry) => void entries.push((log) => log.clearFailures(...entry)),
    recordRejectedFile: (...entry) => void entries.push((log) => log.recordRejectedFile(...entry)),
    replay: (log) => {
      for (const write of entries) write(log);
    },
  };
}
