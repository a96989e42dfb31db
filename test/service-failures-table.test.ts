import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** For each row of the table, a test over real sockets that shows it: its file and its name. */
const shownBy: Readonly<Record<string, readonly [file: string, name: string]>> = {
  'one source of signals': ['test/contract/sources-over-sockets.test.ts', 'is unknown after %s'],
  'the workflow, DynamoDB or CodeArtifact': [
    'test/contract/workflow-service-failures.test.ts',
    'is retried by the next request',
  ],
  'the local stack process': ['test/cli/chaos.test.ts', 'a running install survives that the local stack is killed'],
  'the token expires during an install': ['test/contract/relay.test.ts', 'an expired token is renewed once'],
  'awspip ends while it waits': ['test/cli/crashes.test.ts', 'the same command joins the running execution'],
  'an execution dies': [
    'test/cli/crashes.test.ts',
    'after the local stack was killed during a workflow, the same command succeeds',
  ],
  'a vetted release is missing in the repository': [
    'test/contract/workflow-service-failures.test.ts',
    'a vetted release that somebody deleted from secure-pypi is copied again',
  ],
  'a download breaks off, or an index asks for a pause': [
    'test/cli/upstream-trouble.test.ts',
    'a download that breaks off is resumed, and the install succeeds',
  ],
  'a file has another digest': [
    'test/cli/upstream-trouble.test.ts',
    'wrong bytes are reported with file, host and digests',
  ],
  Slack: ['test/contract/workflow-failing.test.ts', 'a failed notice is recorded and does not change the verdict'],
};

test('every row of the table about services that are down has a test', () => {
  const [, section = ''] = read('docs/reference/failure-reasons.md').split('## If a service is down');
  const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| ([^|]+) \| [^|]+\|$/gm)].map(([, row]) => row);
  expect(rows.slice(2)).toEqual(Object.keys(shownBy));
});

test.each(Object.entries(shownBy))('the test for %s exists', (_row, [file, name]) => {
  expect(read(file)).toContain(name);
});
