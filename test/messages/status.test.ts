import { expect, test } from 'vitest';
import { statusText } from '../../src/cli/status.ts';
import { plainStyle } from '../../src/cli/terminal.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { StatusView } from '../../src/review/types.ts';
import { skippedCause } from '../../src/vetting/skipped-cause.ts';
import type { ReleaseRecord } from '../../src/vetting/types.ts';
import { recordOf } from '../vetting/examples.ts';
import { colourStyle, hostileText, steeringCharacters } from './recording-terminal.ts';

process.env.TZ = 'UTC';
const now = Date.parse('2026-11-26T22:44:00Z');
const output = { style: plainStyle, columns: 80 };

const enforced: StatusView['mode'] = { observed: undefined, changed: false };

const release = (change: Partial<ReleaseRecord>): ReleaseRecord => ({
  name: normaliseName('demo'),
  version: '1.0',
  status: 'SECURE',
  execution: 'id-1',
  leaseUntil: 0,
  requestedBy: 'dev@example.org',
  createdAt: '2026-11-26T21:44:00Z',
  updatedAt: '2026-11-26T21:44:00Z',
  ...change,
});

const view: StatusView = {
  requests: [
    recordOf({
      ...{ roots: ['requests', 'rich'], step: 'ingest', counts: { releases: 5, secure: 2 } },
      createdAt: '2026-11-26T22:40:00.000Z',
    }),
  ],
  stopped: [],
  failed: [],
  mode: enforced,
  releases: [
    release({}),
    release({ version: '2.0', status: 'BLOCKED', score: { min: 50, max: 50 }, reasons: [{ text: 'Downloads < 300' }] }),
    release({ version: '3.0', status: 'HELD', score: { min: 20, max: 50 }, reasons: [] }),
    release({ version: '4.0', status: 'ERROR', cause: 'the copy failed' }),
    release({ version: '5.0', status: 'ERROR', cause: skippedCause }),
  ],
};

test('requests under way come first, then the decisions with local times', () => {
  expect(statusText(view, now, output)).toBe(
    [
      'Being vetted',
      '  requests, rich: fetching files, 2 of 5 packages vetted',
      '    requested by dev@example.org, Nov 26, 22:40 (4 min ago)',
      '',
      'Latest decisions',
      '  vetted         demo 1.0  Nov 26, 21:44 (60 min ago)',
      '  blocked        demo 2.0  Nov 26, 21:44 (60 min ago)',
      '                 score 50: Downloads < 300',
      '  on hold        demo 3.0  Nov 26, 21:44 (60 min ago)',
      '                 score 20 to 50',
      '  failed         demo 4.0  Nov 26, 21:44 (60 min ago)',
      '                 the copy failed',
      '  skipped        demo 5.0  Nov 26, 21:44 (60 min ago)',
      '                 not fetched, because the release that needs it is not allowed',
      '',
      '`awspip holds` lists everything on hold or blocked, with who asked for it',
      '',
    ].join('\n'),
  );
});

test('observe mode comes first', () => {
  const observed = { partly: true, until: '2026-12-01' };
  expect(statusText({ ...view, mode: { ...enforced, observed } }, now, output)).toMatch(
    /^observe mode: what would be on hold or blocked is allowed and recorded for some\n {2}gates or names until Dec 1/,
  );
});

test('nothing to show is said', () => {
  expect(statusText({ requests: [], stopped: [], failed: [], mode: enforced, releases: [] }, now, output)).toBe(
    'Being vetted\n  none\n\nLatest decisions\n  none\n',
  );
});

test('a request whose execution stopped has a section of its own, which says what starts it again', () => {
  const stopped = { ...view, requests: [], stopped: view.requests };
  expect(statusText(stopped, now, output).split('\n').slice(0, 6)).toEqual([
    'Being vetted',
    '  none',
    '',
    'Stopped without a result; the next command that needs them starts them again',
    '  requests, rich: fetching files, 2 of 5 packages vetted',
    '    requested by dev@example.org, Nov 26, 22:40 (4 min ago)',
  ]);
});

test('a vetting that failed is shown with its cause and its ID, and the sixth and later ones are counted', () => {
  const request = (id: string) =>
    recordOf({
      ...{ requestId: id, status: 'ERROR', roots: ['alpha'], cause: 'the policy file is gone' },
      updatedAt: '2026-11-26T22:40:00.000Z',
    });
  const failed = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(request);
  const lines = statusText({ ...view, requests: [], failed }, now, output).split('\n');
  const first = lines.indexOf('Failed in the last 7 days; the next command that needs them starts them again');
  expect(lines.slice(first + 1, first + 3)).toEqual([
    '  alpha: the policy file is gone',
    '    requested by dev@example.org, Nov 26, 22:40 (4 min ago), ID a',
  ]);
  expect(lines.slice(first + 10, first + 13)).toEqual([
    '    requested by dev@example.org, Nov 26, 22:40 (4 min ago), ID e',
    '  … and 2 more',
    '',
  ]);
});

const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ');

test('no line is longer than 80 columns, except one word that cannot be broken', () => {
  const long: StatusView = {
    stopped: [],
    failed: [recordOf({ roots: ['demo'], cause: words(40), requestedBy: words(40) })],
    mode: enforced,
    requests: [
      recordOf({ roots: Array.from({ length: 9 }, (_, at) => `a-long-project-name-${at}`), requestedBy: words(40) }),
    ],
    releases: [
      release({ status: 'ERROR', cause: `${words(40)} ${'x'.repeat(100)}` }),
      release({ version: '1.'.repeat(40) }),
    ],
  };
  const lines = statusText(long, now, output).split('\n');
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines.filter((text) => text.length > 80)) expect(line.trim()).toMatch(/^\S+$/);
});

test('colour is neither yellow nor cyan, and changes no text', () => {
  const coloured = statusText(view, now, { ...output, style: colourStyle() });
  expect(coloured).toContain('\u001b[31mblocked');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
  expect(coloured).not.toMatch(/\u001b\[(?:[39][36])m/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(statusText(view, now, output));
});

test('text from an index or a record does not steer the terminal', () => {
  const text = statusText(
    {
      requests: [recordOf({ roots: [hostileText], requestedBy: hostileText })],
      stopped: [recordOf({ roots: [hostileText], requestedBy: hostileText })],
      failed: [
        recordOf({ roots: [hostileText], requestedBy: hostileText, cause: hostileText, requestId: hostileText }),
      ],
      mode: {
        set: { mode: 'observe', reason: hostileText, by: hostileText, at: '2026-11-26T21:44:00Z' },
        observed: undefined,
        changed: false,
      },
      releases: [release({ status: 'BLOCKED', version: hostileText, reasons: [{ text: hostileText }] })],
    },
    now,
    output,
  );
  expect(text).toContain('add-path');
  expect(text).not.toMatch(steeringCharacters);
});
