import { describe, expect, test } from 'vitest';
import { vetSarif } from '../../src/cli/review/sarif.ts';
import { vetJson, vetJunit, vetText } from '../../src/cli/review/vet-formats.ts';
import { vetResult } from '../../src/cli/review/vet-result.ts';
import { plainStyle } from '../../src/cli/terminal.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { RequirementLocation, VetOutcome } from '../../src/review/types.ts';
import type { Refusal } from '../../src/vetting/types.ts';
import { recordOf } from '../vetting/examples.ts';
import { hostileText, steeringCharacters } from './recording-terminal.ts';

process.env.TZ = 'UTC';
const now = Date.parse('2026-11-30T19:00:00Z');
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
  ['every release vetted', vetted([], 'secure'), 0, 'ok'],
  ['a blocked release', vetted([refusal({ kind: 'HELD' }), refusal()]), 10, 'blocked'],
  ['a release on hold', vetted([refusal({ kind: 'HELD' })]), 11, 'held'],
  ['an unknown name', vetted([refusal({ kind: 'NOT_FOUND', version: null })]), 12, 'notFound'],
  ['a failure', vetted([], 'error', 'the table is gone'), 69, 'unavailable'],
  ['the end of the wait', vetted([], 'still-running'), 11, 'held'],
])('%s has the exit code of an install', (_, outcome, exitCode, reason) => {
  expect(vetResult(outcome)).toMatchObject({ exitCode, reason });
});

test('a finding names the line of its requirement; for a dependency the file; for an argument nothing', () => {
  const locationOf = (given: Refusal) => vetResult(vetted([given])).findings[0]?.at;
  expect(locationOf(refusal())).toEqual({ file: 'req/a b#1.txt', line: 7 });
  expect(locationOf(refusal({ name: normaliseName('needed') }))).toEqual({ file: 'req/a b#1.txt' });
  expect(locationOf(refusal({ name: normaliseName('typed') }))).toBeUndefined();
});

test('SARIF has rule, level, location and fingerprint; files are URIs relative to the working folder', () => {
  const skipped = refusal({ fatal: false, version: '2.0', kind: 'HELD' });
  const log = JSON.parse(vetSarif(vetResult(vetted([refusal(), skipped])), facts));
  expect(log).toMatchObject({ version: '2.1.0', $schema: expect.stringContaining('sarif-2.1.0') });
  const [run] = log.runs;
  expect(run.tool.driver).toMatchObject({
    name: 'awspip',
    version: '1.2.3',
    rules: [
      { id: 'blocked', shortDescription: { text: expect.stringContaining('policy blocks the release') } },
      { id: 'on-hold' },
    ],
  });
  expect(run.originalUriBaseIds.ROOT.uri).toBe('file:///work/of%20mine/');
  expect(run.invocations).toEqual([{ executionSuccessful: true, exitCode: 10, toolExecutionNotifications: [] }]);
  expect(run.results).toMatchObject([
    {
      ruleId: 'blocked',
      ruleIndex: 0,
      level: 'error',
      message: { text: 'bad 1.0 is blocked: Downloads < 300. Hint: for details, run `awspip explain bad==1.0`' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'req/a%20b%231.txt', uriBaseId: 'ROOT' },
            region: { startLine: 7 },
          },
        },
      ],
      partialFingerprints: { 'awspip/v1': 'blocked:bad 1.0' },
      properties: { release: 'bad 1.0', score: { min: 50, max: 50 } },
    },
    {
      ruleId: 'on-hold',
      ruleIndex: 1,
      level: 'note',
      message: { text: expect.stringMatching(/^bad 2\.0 is on hold[^;]*$/) },
    },
  ]);
  const failed = JSON.parse(vetSarif(vetResult(vetted([], 'error', 'the table is gone')), facts)).runs[0];
  expect(failed.results).toEqual([]);
  expect(failed.invocations[0]).toMatchObject({
    executionSuccessful: false,
    toolExecutionNotifications: [{ message: { text: expect.stringContaining('the table is gone') } }],
  });
});

test('JUnit counts failures, errors, skips and passes', () => {
  const outcome = vetted([
    refusal(),
    refusal({ kind: 'ERROR', version: '3' }),
    refusal({ fatal: false, version: '2' }),
  ]);
  const xml = vetJunit(vetResult(outcome));
  expect(xml).toContain('<testsuites tests="3" failures="1" errors="1" skipped="1">');
  expect(xml).toContain('name="bad 1.0" file="req/a b#1.txt" line="7"');
  expect(xml).toContain('<skipped message=');
  expect(vetJunit(vetResult(vetted([], 'secure')))).toContain('<testcase classname="awspip" name="good 2"/>');
  expect(vetJunit(vetResult(vetted([], 'error', 'gone')))).toContain('failures="0" errors="1"');
});

test('JUnit leaves out what XML cannot hold, and escapes the rest', () => {
  const hostile = refusal({ reasons: [{ text: '<b>"&\u0000\u001b[31m\ud800\uffff' }] });
  expect(vetJunit(vetResult(vetted([hostile])))).toContain('&#60;b&#62;&#34;&#38;[31m"');
});

test('JSON has every fact once', () => {
  const document = JSON.parse(vetJson(vetResult(vetted([refusal()])), { version: '1.2.3', stack: 'aws' }));
  expect(document).toMatchObject({
    schemaVersion: 2,
    stack: 'aws',
    exitCode: 10,
    requirements,
    findings: [{ code: 'blocked', refusal: { reasons: [{ points: 20 }] } }],
  });
  expect(document).not.toHaveProperty('asked');
});

test('no format lets text from an index steer a terminal or a build server', () => {
  const hostile = refusal({ version: hostileText, reasons: [{ text: hostileText }], detail: hostileText });
  const result = vetResult(vetted([hostile, { ...hostile, fatal: false }]));
  const stack = { version: '1.2.3', stack: 'aws' };
  const texts = [vetText(result, now, plainStyle), vetJson(result, stack), vetSarif(result, facts), vetJunit(result)];
  for (const text of texts) {
    expect(text).toContain('add-path');
    expect(text).not.toMatch(steeringCharacters);
  }
});

describe('for people', () => {
  test('a finding names location, verdict, reasons and hints', () => {
    expect(vetText(vetResult(vetted([refusal()])), now, plainStyle)).toBe(
      [
        'req/a b#1.txt:7: bad 1.0 is blocked (Red, score 50)',
        '  +20  Downloads < 300',
        '',
        'hint: for details, run `awspip explain bad==1.0`',
        'hint: approvers can allow it: `awspip approve bad==1.0 --reason "…"`',
        '',
        '1 package may not be installed',
        '',
      ].join('\n'),
    );
  });

  test('a skipped release has its time in local form, and no hint', () => {
    const heldUntil = '2026-12-01T00:00:00.000Z';
    const skipped = refusal({ kind: 'HELD', version: '2.0', heldUntil, fatal: false });
    const releases = [{ name: normaliseName('bad'), version: '1.9', status: 'SECURE' as const }];
    const text = vetText(
      vetResult({ ...vetted([skipped], 'secure'), releases, requirements: [{ text: 'bad' }] }),
      now,
      plainStyle,
    );
    expect(text).toBe(
      'skipped bad 2.0, which is within cooldown until Dec 1, 00:00 (in 5 h); chose 1.9 instead\n' +
        '1 requirement may be installed: 1 package vetted\n',
    );
  });

  test('releases of one project share hints, and those that the record omits are counted', () => {
    const outcome = vetted([refusal({ version: '1.1' }), refusal()]);
    const record = { ...outcome.answer.record, refusalsOmitted: 3 };
    const text = vetText(vetResult({ ...outcome, answer: { ...outcome.answer, record } }), now, plainStyle);
    expect(text.match(/^hint: /gm)).toHaveLength(2);
    expect(text).toContain('awspip explain bad==1.1');
    expect(text).toMatch(/\nand 3 more\n5 packages may not be installed\n$/);
  });
});
