import type { LogEntry, PolicyServeOptions } from './types.ts';

type LogOptions = {
  readonly level: PolicyServeOptions['log'];
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  readonly write: (line: string) => void;
};

/** Returns a function that writes log entries as lines of JSON, and omits requests that the level excludes. */
export function openLog({ level, now, write }: LogOptions): (entry: LogEntry) => void {
  return (entry) => {
    if (isLogged(entry, level)) write(`${JSON.stringify({ time: new Date(now()).toISOString(), ...entry })}\n`);
  };
}

/** Decides whether a level includes an entry. Every level includes events that are not requests. */
function isLogged(entry: LogEntry, level: PolicyServeOptions['log']): boolean {
  if (entry.event !== 'request' || level === 'all') return true;
  if (level === 'off') return false;
  return (
    entry.level !== 'info' || entry.outcome === 'HELD' || entry.outcome === 'BLOCKED' || entry.withheld !== undefined
  );
}
