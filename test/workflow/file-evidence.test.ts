import { expect, test } from 'vitest';
import type { Signals } from '../../src/firewall/types.ts';
import { decideFiles } from '../../src/workflow/decide-files.ts';
import { withFileEvidence } from '../../src/workflow/file-evidence.ts';
import type { FileVerdict } from '../../src/workflow/ports.ts';
import { verdict } from './prepare-ports.ts';

const code = [{ file: 'a.zip: setup.py', reach: 'network', line: 3, word: 'urlopen' }] as const;
const held: FileVerdict = { status: 'HELD', reasons: ['a.zip: setup.py:3 uses the network'], code };
const allowed: FileVerdict = { status: 'ALLOWED', reasons: [] };
const assessed = { verdict: verdict('ALLOWED'), signals: { rank: null } as Signals, judgedAt: 'then' };
const evidenceOf = (files: Record<string, FileVerdict>, before: unknown) => {
  const verdicts = new Map(Object.entries(files));
  return withFileEvidence(before, {
    verdicts,
    decision: decideFiles(verdicts, { mode: 'hide', needed: undefined }),
    now: 0,
  });
};

test('a release that was rejected for its files has the verdict, the finding and the code on record', () => {
  expect(evidenceOf({ 'a.zip': held }, assessed)).toMatchObject({
    judgedAt: 'then',
    signals: { rank: null, installCode: { known: true, value: code, fetchedAt: '1970-01-01T00:00:00.000Z' } },
    verdict: {
      outcome: 'HELD',
      scope: 'file',
      reasons: [{ text: 'a.zip: setup.py:3 uses the network' }],
      findings: [{ rule: 'installCode', state: 'fired', gate: 'hold', text: 'a.zip: setup.py:3 uses the network' }],
    },
  });
});

test('a release that is copied without a file keeps its verdict, and says how many files are not allowed', () => {
  const unread = { ...allowed, unread: true };
  expect(evidenceOf({ 'a.whl': allowed, 'b.whl': unread, 'a.zip': held }, assessed)).toMatchObject({
    signals: { installCode: { known: true, value: [] } },
    verdict: {
      outcome: 'ALLOWED',
      findings: [{ rule: 'installCode', state: 'quiet', note: '1 allowed, 1 not allowed, 1 not inspected' }],
    },
  });
});

test('a release that observe mode allows has the code and the verdict that was not applied on record', () => {
  const observed: FileVerdict = { ...allowed, code, observed: { outcome: 'HELD', reasons: ['uses the network'] } };
  const before = {
    ...assessed,
    verdict: { ...assessed.verdict, observed: { outcome: 'BLOCKED', reasons: [{ text: 'old' }] } },
  };
  expect(evidenceOf({ 'a.zip': observed }, before)).toMatchObject({
    signals: { installCode: { known: true, value: code } },
    verdict: {
      outcome: 'ALLOWED',
      observed: { outcome: 'BLOCKED', reasons: [{ text: 'old' }, { text: 'uses the network' }] },
      findings: [{ rule: 'installCode', state: 'fired', gate: 'hold', text: 'uses the network' }],
    },
  });
});

test('a second inspection replaces the finding of the first', () => {
  const first = evidenceOf({ 'a.whl': allowed }, assessed);
  expect(evidenceOf({ 'a.zip': held }, first)).toMatchObject({ verdict: { findings: [{ state: 'fired' }] } });
});

test.each([undefined, null, {}, { cut: '{' }, { verdict: verdict('ALLOWED') }])(
  'other evidence stays as it is: %j',
  (before) => {
    expect(evidenceOf({ 'a.zip': held }, before)).toBeUndefined();
  },
);
