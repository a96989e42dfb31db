import { expect, test } from 'vitest';
import { openLog } from '../../../src/firewall/serve/log.ts';
import type { LogEntry, PolicyServeOptions } from '../../../src/firewall/serve/types.ts';

const entries: Readonly<Record<string, LogEntry>> = {
  listening: { level: 'info', event: 'listening' },
  allowed: { level: 'info', event: 'request', outcome: 'ALLOWED' },
  blocked: { level: 'info', event: 'request', outcome: 'BLOCKED' },
  held: { level: 'info', event: 'request', outcome: 'HELD' },
  failed: { level: 'error', event: 'request' },
};

const loggedAt = (level: PolicyServeOptions['log']): string[] => {
  const lines: string[] = [];
  const log = openLog({ level, now: () => 0, write: (line) => lines.push(line) });
  for (const [name, entry] of Object.entries(entries)) log({ ...entry, name });
  return lines.map((line) => (JSON.parse(line) as { name: string }).name);
};

test.each<[PolicyServeOptions['log'], string[]]>([
  ['all', ['listening', 'allowed', 'blocked', 'held', 'failed']],
  ['refusals', ['listening', 'blocked', 'held', 'failed']],
  ['off', ['listening']],
])('the level %s includes %j', (level, names) => {
  expect(loggedAt(level)).toEqual(names);
});

test('an entry is one line of JSON with the time', () => {
  const lines: string[] = [];
  openLog({ level: 'all', now: () => 0, write: (line) => lines.push(line) })({ level: 'info', event: 'ended' });
  expect(lines).toEqual(['{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"ended"}\n']);
});
