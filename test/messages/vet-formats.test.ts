import { expect, test } from 'vitest';
import { vetSarif } from '../../src/cli/review/sarif.ts';
import { vetJson, vetJunit, vetText } from '../../src/cli/review/vet-formats.ts';
import { vetResult } from '../../src/cli/review/vet-result.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { RequirementLocation, VetOutcome } from '../../src/review/types.ts';
import type { Refusal } from '../../src/vetting/types.ts';
import { recordOf } from '../vetting/examples.ts';

const plain = (text: string) => text;
const terminal = { style: { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain } };
const facts = { version: '1.2.3', cwd: '/work/of mine' };

const refusal = (change: Partial<Refusal> = {}): Refusal => ({
  name: normaliseName('bad'),
  version: '1.0',
  kind: 'BLOCKED',
  riskLevel: 'Red',
  score: { min: 50, max: 50 },
  reasons: [{ text: 'Downloads < 300', points: 20 }],
  similarPackages: [],
  fatal: true,
  ...change,
});
const requirements: RequirementLocation[] = [
  { text: 'good', file: 'req/a b#1.txt', line: 1 },
  { text: 'Bad==1.0', file: 'req/a b#1.txt', line: 7 },
  { text: 'typed' },
];
const vetted = (
  refusals: readonly Refusal[],
  kind: VetOutcome['answer']['kind'] = 'refused',
  cause?: string,
): VetOutcome => ({
  answer: {
    kind,
    joined: false,
    record: recordOf({ status: kind === 'secure' ? 'SECURE' : 'BLOCKED', refusals, cause }),
  },
  releases: kind === 'secure' ? [{ name: normaliseName('good'), version: '2', status: 'SECURE' }] : [],
  requirements,
});

test.each<[string, VetOutcome, number, string]>([
  ['everything secure', vetted([], 'secure'), 0, 'ok'],
  ['a refusal', vetted([refusal({ kind: 'HELD' }), refusal()]), 10, 'blocked'],
  ['a hold', vetted([refusal({ kind: 'HELD' })]), 11, 'held'],
  ['a name that is nowhere', vetted([refusal({ kind: 'NOT_FOUND', version: null })]), 12, 'notFound'],
  ['a failure', vetted([], 'error', 'the table is gone'), 69, 'unavailable'],
  ['the end of the wait', vetted([], 'still-running'), 11, 'held'],
])('%s ends as an install would', (_, given, exitCode, reason) => {
  expect(vetResult(given)).toMatchObject({ exitCode, reason });
});

test('what is found is told at the line that asks for it; what something needs, at the file; an argument, nowhere', () => {
  const places = (given: Refusal) => vetResult(vetted([given])).findings[0]?.at;
  expect(places(refusal())).toEqual({ file: 'req/a b#1.txt', line: 7 });
  expect(places(refusal({ name: normaliseName('needed') }))).toEqual({ file: 'req/a b#1.txt' });
  expect(places(refusal({ name: normaliseName('typed') }))).toBeUndefined();
});

test('SARIF: a result with rule, level, place and fingerprint; files are URIs relative to where it ran', () => {
  const passedOver = refusal({ fatal: false, version: '2.0', kind: 'HELD' });
  const log = JSON.parse(vetSarif(vetResult(vetted([refusal(), passedOver])), facts));
  expect(log).toMatchObject({ version: '2.1.0', $schema: expect.stringContaining('sarif-2.1.0') });
  const [run] = log.runs;
  expect(run.tool.driver).toMatchObject({
    name: 'awspip',
    version: '1.2.3',
    rules: [{ id: 'refused' }, { id: 'held' }],
  });
  expect(run.originalUriBaseIds.ROOT.uri).toBe('file:///work/of%20mine/');
  expect(run.invocations).toEqual([{ executionSuccessful: true, exitCode: 10, toolExecutionNotifications: [] }]);
  expect(run.results).toMatchObject([
    {
      ruleId: 'refused',
      ruleIndex: 0,
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'req/a%20b%231.txt', uriBaseId: 'ROOT' },
            region: { startLine: 7 },
          },
        },
      ],
      partialFingerprints: { 'awspip/v1': 'refused:bad 1.0' },
      properties: { release: 'bad 1.0', score: { min: 50, max: 50 } },
    },
    {
      ruleId: 'held',
      ruleIndex: 1,
      level: 'note',
      message: { text: expect.stringContaining('older release was taken') },
    },
  ]);
  const failed = JSON.parse(vetSarif(vetResult(vetted([], 'error', 'the table is gone')), facts)).runs[0];
  expect(failed.results).toEqual([]);
  expect(failed.invocations[0]).toMatchObject({
    executionSuccessful: false,
    toolExecutionNotifications: [{ message: { text: expect.stringContaining('the table is gone') } }],
  });
});

test('JUnit: failures, errors, skips and passes counted; what XML cannot hold is left out, the rest escaped', () => {
  const hostile = refusal({ reasons: [{ text: '<b>"&\u0000\u001b[31m\ud800\uffff' }] });
  const xml = vetJunit(vetResult(vetted([hostile, refusal({ fatal: false, version: '2.0' })])));
  expect(xml).toContain('<testsuites tests="2" failures="1" errors="0" skipped="1">');
  expect(xml).toContain('name="bad 1.0" file="req/a b#1.txt" line="7"');
  expect(xml).toContain('&#60;b&#62;&#34;&#38;[31m"');
  expect(xml).toContain('<skipped message=');
  expect(vetJunit(vetResult(vetted([], 'secure')))).toContain('<testcase classname="awspip" name="good 2"/>');
  expect(vetJunit(vetResult(vetted([], 'error', 'gone')))).toContain('failures="0" errors="1"');
});

test('JSON tells everything once, without steering characters a terminal would heed', () => {
  const document = JSON.parse(vetJson(vetResult(vetted([refusal()])), { version: '1.2.3', stack: 'aws' }));
  expect(document).toMatchObject({
    schemaVersion: 1,
    stack: 'aws',
    exitCode: 10,
    requirements,
    findings: [{ code: 'refused', refusal: { reasons: [{ points: 20 }] } }],
  });
});

test('for people: where, what, why, and the lines to type; what had no room is counted', () => {
  const text = vetText(vetResult(vetted([refusal()])), terminal);
  expect(text).toMatch(/^req\/a b#1\.txt:7: bad 1\.0 was refused \(Red, score 50\)\n {2}\+20 {2}Downloads < 300\n/);
  expect(text).toContain('awspip approve bad==1.0 --reason "…"');
  expect(text).toMatch(/1 release may not be installed\n$/);
  expect(vetText(vetResult(vetted([], 'secure')), terminal)).toBe(
    '3 requirements may be installed: 1 release vetted\n',
  );
});
