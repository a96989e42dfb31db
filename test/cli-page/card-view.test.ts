import { expect, test } from 'vitest';
import { differences, evidenceView } from '../../src/cli/page/card-view.ts';
import { shownText } from '../../src/cli/page/shown-text.ts';
import { keepSnapshot, type Snapshot } from '../../src/cli/page/snapshot.ts';
import type { RecordedAssessment } from '../../src/review/explain.ts';
import { evidenceOf, now } from './records.ts';

const evidence = (change?: Record<string, unknown>) => evidenceOf(change) as RecordedAssessment;

test('facts without an answer are apart, and facts that no rule uses are shown too', () => {
  const { unknown, facts, code } = evidenceView(evidence(), now);
  expect(unknown.map(({ label, value, weight, source }) => [label, value, weight, source])).toEqual([
    ['GitHub stars < 30', 'unknown', '0..+10', 'GitHub'],
  ]);
  expect(facts.map(({ label, value, weight, age }) => [label, value, weight, age]).slice(0, 1)).toEqual([
    ['Downloads < 300', '120', '+20', '6 h ago'],
  ]);
  expect(facts.find(({ label }) => label === 'Licence')).toMatchObject({ value: 'MIT', source: 'pypistats' });
  expect(code.map(({ file, line }) => [file, line])).toEqual([['demo/setup.py', 7]]);
});

test('an empty value is shown as none', () => {
  const licence = { known: true, value: '', source: 'PyPI', fetchedAt: '2026-11-01T00:00:00Z' };
  const { facts } = evidenceView(evidence({ licence }), now);
  expect(facts.find(({ label }) => label === 'Licence')?.value).toBe('none');
});

test('releases differ in the facts that both have on record', () => {
  const known = (value: unknown) => ({ known: true, value, source: 's', fetchedAt: '2026-11-01T00:00:00Z' });
  const before = evidence({ licence: known('GPL-3.0'), downloads: { ...known(900), lowerBound: true } });
  const after = evidence({ attested: known(true) });
  expect(differences(before, after, now)).toEqual([
    { label: 'Downloads', before: 'at least 900', after: '120' },
    { label: 'Licence', before: 'GPL-3.0', after: 'MIT' },
  ]);
});

test.each([
  ['a direction mark', 'a\u202eb', 'a\\u{202e}b'],
  ['a character without a width', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
  ['a tag character', 'a\u{e0061}', 'a\\u{e0061}'],
  ['a line break and a control character', 'a\nb\u0007', 'a b'],
])('%s is visible in a shown text', (_, text, shown) => {
  expect(shownText(text)).toBe(shown);
});

test('a text that the evidence lacks is shown as unknown', () => {
  expect(shownText(undefined as unknown as string)).toBe('unknown');
});

test('a shown text is cut between characters', () => {
  expect(shownText('😀'.repeat(10), 4)).toBe('😀😀😀…');
});

test('the lists are read again after ten seconds, a change, or an error', async () => {
  let time = 0;
  let reads = 0;
  const read = async () => {
    reads += 1;
    if (reads === 3) throw new Error('unavailable');
    return { complete: true } as Snapshot;
  };
  const kept = keepSnapshot(read, () => time);
  await kept.current();
  await kept.current();
  expect(reads).toBe(1);
  time = 10_000;
  await kept.current();
  expect(reads).toBe(2);
  kept.changed();
  await expect(kept.current()).rejects.toThrow('unavailable');
  await kept.current();
  expect(reads).toBe(4);
});
