import { expect, test } from 'vitest';
import { auditText } from '../../src/cli/review/audit-text.ts';
import { readLimit } from '../../src/cli/review/paging.ts';
import { decisionsText, historyText, holdsText } from '../../src/cli/review/queue-text.ts';
import { plainStyle } from '../../src/cli/terminal.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { QueueItem } from '../../src/review/queue.ts';
import type { AuditEntry } from '../../src/vetting/audit.ts';
import type { Approval } from '../../src/vetting/types.ts';
import { hostileText, steeringCharacters } from './recording-terminal.ts';

process.env.TZ = 'UTC';
const now = Date.parse('2026-11-26T22:44:00Z');
const output = { style: plainStyle, columns: 100 };
const name = normaliseName('demo');

const item = (change: Partial<QueueItem> = {}): QueueItem => ({
  ...{ name, version: '1.0', kind: 'HELD', state: 'undecided', isMalware: false, similarPackages: [] },
  ...{ riskLevel: 'Yellow', score: { min: 20, max: 40 }, reasons: [{ text: 'Downloads < 300', points: 20 }] },
  requesters: [
    {
      ...{ by: 'kim@a', at: '2026-11-26T21:44:00Z', lastAt: '2026-11-26T22:40:00Z', requestIds: ['r1'] },
      ...{ roots: ['app'], reason: 'for the report' },
      neededBy: [{ name: normaliseName('lib'), version: '2.0' }, { name: normaliseName('app') }],
    },
  ],
  ...{ since: '2026-11-26T21:44:00Z', lastAt: '2026-11-26T22:40:00Z', earlierDecisions: [] },
  ...change,
});
const decision = (change: Partial<Approval> = {}): Approval => ({
  ...{ id: 'd1', name, specifier: '==1.0', kind: 'approve', reason: 'read it', owner: 'lea' },
  createdAt: '2026-11-26T22:00:00Z',
  ...change,
});
const text = (items: readonly QueueItem[], change: object = {}) =>
  holdsText({ items, complete: true, limit: 20, command: 'awspip holds', now, ...change }, output);

test('a hold shows why, who asked and for what, what would change it, what passes now, and the line to type', () => {
  const shown = text([
    item({
      ...{ unknownSources: ['pypistats'], instead: '0.9' },
      earlierDecisions: [decision({ expiresAt: '2026-11-25T00:00:00Z' })],
    }),
  ]);
  expect(shown).toBe(
    [
      'Waiting for a decision (1)',
      '  demo 1.0  on hold (up to Yellow, score 20 to 40, because some signals are unknown), since Nov 26,',
      '    21:44 (60 min ago)',
      '    +20  Downloads < 300',
      '    may change once these sources answer: pypistats',
      '    allowed now: demo 0.9',
      '    requested by kim@a, Nov 26, 22:40 (4 min ago), needed by lib 2.0 ← app: for the report',
      '    earlier: approved by lea until Nov 25, 00:00 (47 h ago): read it',
      '    awspip approve demo==1.0 --reason "…"',
      '',
    ].join('\n'),
  );
});

test('a hold for age shows when it ends; decided ones show by whom, until when and why', () => {
  const shown = text([
    item({ state: 'waiting', heldUntil: '2026-11-28T22:44:00Z', reasons: [{ text: 'Released less than 3 days ago' }] }),
    item({ version: '2.0', state: 'denied', decision: decision({ kind: 'deny', expiresAt: '2026-12-26T00:00:00Z' }) }),
  ]);
  expect(shown).toContain('Waiting for a decision\n  none\n');
  expect(shown).toContain('On hold for their age (1)\n');
  expect(shown).toContain('\n    allowed from Nov 28, 22:44 (in 2 days)\n');
  expect(shown).toContain('Decided (1)\n  demo 2.0  denied, asked for Nov 26');
  expect(shown).toContain('\n    denied by lea until Dec 26, 00:00 (in 29 days): read it\n');
});

test('nothing is left out in silence: each section counts what it does not show', () => {
  const many = Array.from({ length: 30 }, (_, at) => item({ version: `1.${at}` }));
  const old = item({ version: '3.0', state: 'vetted', lastAt: '2026-10-01T00:00:00Z' });
  const shown = text([...many, old], { complete: false });
  expect(shown).toContain('Waiting for a decision (30)\n');
  expect(shown).toContain('\n  … and 10 more: `awspip holds --all`\n');
  expect(shown).toContain('Decided (1)\n  … and 1 more: `awspip holds --all`\n');
  expect(shown).toContain('the table has more entries than were read');
  expect(text([...many, old], { limit: readLimit({ all: true }) })).not.toContain('more');
});

test('a release that was allowed in observe mode waits for a decision, and the list says that it can be installed', () => {
  const shown = text([item({ isObserved: true })]);
  expect(shown).toContain('allowed in observe mode, so it can be installed');
  expect(shown).toContain('awspip approve');
});

test('known malware has no line that would approve it', () => {
  expect(text([item({ isMalware: true })])).not.toContain('awspip approve');
});

test('text from outside controls no terminal', () => {
  const hostile = item({
    ...{ version: hostileText, detail: hostileText, reasons: [{ text: hostileText }], instead: hostileText },
    requesters: [
      {
        by: hostileText,
        at: hostileText,
        lastAt: hostileText,
        requestIds: ['r'],
        roots: [hostileText, hostileText],
        neededBy: [],
        reason: hostileText,
      },
    ],
    decision: decision({ reason: hostileText, owner: hostileText }),
  });
  const events = [{ at: hostileText, what: 'hold', versions: hostileText, by: hostileText, why: hostileText }] as const;
  const paging = { limit: 5, command: 'x', complete: true, now };
  for (const shown of [
    text([hostile, { ...hostile, state: 'denied' }]),
    decisionsText([decision({ reason: hostileText, owner: hostileText, specifier: hostileText })], paging, output),
    historyText(events, paging, output),
  ])
    expect(shown.replaceAll('\n', '')).not.toMatch(steeringCharacters);
});

test('decisions and events are one below the other, with what is left out', () => {
  const paging = { limit: 1, command: 'awspip approvals', complete: false, now };
  expect(decisionsText([decision(), decision({ specifier: '' })], paging, output)).toBe(
    [
      'demo==1.0  approved by lea without an end: read it',
      '  made Nov 26, 22:00 (44 min ago)',
      '… and 1 more: `awspip approvals --all`',
      'the audit log has more entries than were read, so older ones may be missing',
      '',
    ].join('\n'),
  );
  const event = { at: '2026-11-26T22:00:00Z', versions: '1.0' };
  expect(
    historyText(
      [
        { ...event, what: 'deny', versions: '', by: 'lea', why: 'no', until: '2026-12-26T00:00:00Z' },
        { ...event, what: 'record', status: 'SECURE' },
      ],
      { ...paging, limit: 9, complete: true },
      output,
    ),
  ).toBe(
    [
      'Nov 26, 22:00 (44 min ago)  every version denied by lea until Dec 26, 00:00 (in 29 days): no',
      'Nov 26, 22:00 (44 min ago)  1.0 vetted on record',
      '',
    ].join('\n'),
  );
});

test('an entry of the audit log says who, from where, what, and what was before', () => {
  const actor = { by: 'lea@b', identity: 'arn:aws:sts::1:assumed-role/approver/lea', from: 'b' };
  const at = '2026-11-26T22:00:00Z';
  const entries: readonly AuditEntry[] = [
    { id: '1', at, actor, kind: 'decision', before: decision({ kind: 'deny', reason: 'not yet' }), after: decision() },
    {
      ...{ id: '2', at, actor, kind: 'archive', name: 'demo' },
      before: { versions: ['1.0'], status: 'Published' },
      after: { versions: ['1.0'], status: 'Archived' },
    },
    { id: '3', at, actor, kind: 'policy', before: null, after: { version: 'p-1' }, changes: ['contact: none → "#x"'] },
    { id: '4', at, actor, kind: 'policy', before: null, after: { version: 'p-2' }, changes: [] },
  ];
  const paging = { limit: 3, command: 'awspip audit', complete: false, now };
  const who = 'Nov 26, 22:00 (44 min ago)  lea@b (arn:aws:sts::1:assumed-role/approver/lea) from b';
  expect(auditText(entries, paging, output)).toBe(
    [
      ...[
        who,
        '  demo==1.0 approved by lea without an end: read it',
        '  before: denied by lea without an end: not yet',
      ],
      ...[who, '  demo 1.0 Published → Archived'],
      ...[who, '  policy none → p-1', '  contact: none → "#x"'],
      '… and 1 more: `awspip audit --all`',
      'the log has more entries than were read; narrow it with `--since`',
      '',
    ].join('\n'),
  );
});

test('a limit is a positive number', () => {
  expect([readLimit({}), readLimit({ limit: '3' })]).toEqual([20, 3]);
  for (const limit of ['0', '-1', 'x', '1e3', '9999999'])
    expect(() => readLimit({ limit })).toThrow(expect.objectContaining({ code: 'limit-invalid' }));
});
