import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fileOutcome } from '../../../src/firewall/install-code/file-outcome.ts';
import { inspectArchive } from '../../../src/firewall/install-code/inspect-archive.ts';
import { caseArchive, type JudgementCase } from '../../helpers/judgement-archives.ts';

const isComplete = process.env.AWSPIP_TEST_JUDGEMENT === 'all';
const fixtures = path.resolve(import.meta.dirname, '../../fixtures/judgement');
const read = (name: string): readonly JudgementCase[] => JSON.parse(readFileSync(path.join(fixtures, name), 'utf8'));

/** The normal run takes a part of the disguises; `npm run test:judgement` takes all and prints the numbers. */
const disguises = read('disguises.json').filter((_, index) => isComplete || index % 5 === 0);
const numbers = new Map<string, { right: number; all: number }>();

function count(label: string, isRight: boolean): void {
  const { right, all } = numbers.get(label) ?? { right: 0, all: 0 };
  numbers.set(label, { right: right + Number(isRight), all: all + 1 });
}

describe.each([
  ['the cases', read('cases.json')],
  ['the disguises', disguises],
])('%s', (name, cases) => {
  test.each(cases.map((judged) => [judged.id, judged.label, judged] as const))('%s %s', async (_id, _label, judged) => {
    const { filename, content } = caseArchive(judged);
    const inspection = await inspectArchive({ filename, archive: content });
    const expected = judged.expect === 'hold' ? 'HELD' : 'ALLOWED';
    const outcomes = [true, false].map((isRanked) => fileOutcome(inspection, isRanked));
    count(
      `${name} to ${judged.expect}`,
      outcomes.every((outcome) => outcome === expected),
    );
    expect(outcomes).toEqual([expected, expected]);
  });
});

afterAll(() => {
  if (!isComplete) return;
  for (const [label, { right, all }] of numbers) console.log(`${label}: ${right} of ${all}, ranked and unranked`);
});
