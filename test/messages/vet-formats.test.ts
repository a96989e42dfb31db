import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { sarifLog } from '../../src/cli/review/sarif.ts';
import { sarifRules } from '../../src/cli/review/sarif-rules.ts';
import { vetJunit, vetSarif } from '../../src/cli/review/vet-documents.ts';
import { vetJson, vetText } from '../../src/cli/review/vet-formats.ts';
import { vetResult } from '../../src/cli/review/vet-result.ts';
import { plainStyle } from '../../src/cli/terminal.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { RequirementLocation, VetOutcome } from '../../src/review/types.ts';
import type { Refusal } from '../../src/vetting/types.ts';
import { sarifViolations } from '../helpers/json-schemas.ts';
import { schemaViolations } from '../helpers/xsd.ts';
import { recordOf } from '../vetting/examples.ts';
import { hostileText, steeringCharacters } from './recording-terminal.ts';

process.env.TZ = 'UTC';
const now = Date.parse('2026-11-30T19:00:00Z');
const facts = { version: '1.2.3', cwd: '/work/of mine', root: '/work/of mine', fallback: 'pyproject.toml' };
const junitSchema = readFileSync(path.resolve(import.meta.dirname, '../fixtures/schemas/junit-10.xsd'), 'utf8');

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

test('a finding names the line of its requirement; for a dependency the line that needs it, or the file; for an argument nothing', () => {
  const locationOf = (given: Refusal) => vetResult(vetted([given])).findings[0]?.at;
  expect(locationOf(refusal())).toEqual({ file: 'req/a b#1.txt', line: 7 });
  expect(locationOf(refusal({ name: normaliseName('needed') }))).toEqual({ file: 'req/a b#1.txt' });
  const needed = refusal({ name: normaliseName('needed'), neededBy: normaliseName('good') });
  expect(locationOf(needed)).toEqual({ file: 'req/a b#1.txt', line: 1 });
  expect(locationOf(refusal({ name: normaliseName('typed') }))).toBeUndefined();
});

describe('SARIF', () => {
  const skipped = refusal({ fatal: false, version: '2.0', kind: 'HELD' });
  const typed = refusal({ name: normaliseName('typed'), kind: 'HELD' });
  const runOf = (result: ReturnType<typeof vetResult>, given = facts) => JSON.parse(vetSarif(result, given)).runs[0];

  test('has rule, level, location and fingerprints; files are URIs relative to the checkout', () => {
    const run = runOf(vetResult(vetted([refusal(), skipped])));
    expect(run.tool.driver).toMatchObject({
      name: 'awspip',
      version: '1.2.3',
      rules: [
        { id: 'blocked', shortDescription: { text: expect.stringContaining('olicy blocks the release') } },
        { id: 'skipped' },
      ],
    });
    expect(run.originalUriBaseIds['%SRCROOT%'].uri).toBe('file:///work/of%20mine/');
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
              artifactLocation: { uri: 'req/a%20b%231.txt', uriBaseId: '%SRCROOT%' },
              region: { startLine: 7, startColumn: 1, endLine: 7, endColumn: 9 },
            },
          },
        ],
        partialFingerprints: {
          'awspip/v1': 'blocked:bad 1.0',
          primaryLocationLineHash: expect.stringMatching(/^[\da-f]{16}:1$/),
        },
        properties: { release: 'bad 1.0', score: { min: 50, max: 50 } },
      },
      {
        ruleId: 'skipped',
        ruleIndex: 1,
        level: 'note',
        message: { text: expect.stringMatching(/^bad 2\.0 is on hold[^;]*$/) },
      },
    ]);
  });

  test('is valid under the schema of OASIS, for releases, failures and hostile texts', () => {
    const outcomes = [
      vetted([refusal(), skipped, typed]),
      vetted([], 'error', 'the table is gone'),
      vetted([], 'secure'),
      vetted([refusal({ version: hostileText, reasons: [{ text: '' }], score: undefined, riskLevel: undefined })]),
    ];
    for (const outcome of outcomes) {
      expect(sarifViolations(JSON.parse(vetSarif(vetResult(outcome), facts)))).toEqual([]);
    }
    expect(sarifViolations({ version: '2.1.0', runs: [{ tool: { driver: {} }, results: [{}] }] })).not.toEqual([]);
  });

  test('gives every result one location with a region, also for an argument, standard input and a dependency', () => {
    const piped = [
      { text: 'piped', file: '-', line: 3 },
      { text: 'bad', file: '/dev/fd/63', line: 1 },
    ];
    const found = [refusal({ name: normaliseName('piped') }), refusal(), refusal({ name: normaliseName('needed') })];
    for (const outcome of [vetted([typed, skipped]), { ...vetted(found), requirements: piped }]) {
      for (const { locations } of runOf(vetResult(outcome)).results) {
        expect(locations).toHaveLength(1);
        expect(locations[0].physicalLocation.region.startLine).toBeGreaterThan(0);
      }
    }
    const uris = runOf(vetResult({ ...vetted(found), requirements: piped })).results.map(
      (result: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }) =>
        result.locations[0]?.physicalLocation.artifactLocation.uri,
    );
    expect(uris).toEqual(['pyproject.toml', 'pyproject.toml', 'pyproject.toml']);
  });

  test('below the top folder of a checkout, paths begin there; outside of it they are absolute', () => {
    const below = { ...facts, cwd: '/repo/services/a:b', root: '/repo' };
    const uriOf = (file: string) =>
      runOf(vetResult({ ...vetted([refusal()]), requirements: [{ text: 'bad', file, line: 1 }] }), below).results[0]
        .locations[0].physicalLocation.artifactLocation;
    expect(uriOf('../r.txt')).toEqual({ uri: 'services/r.txt', uriBaseId: '%SRCROOT%' });
    expect(uriOf('r.txt').uri).toBe('services/a%3Ab/r.txt');
    expect(uriOf('/repo/r.txt').uri).toBe('r.txt');
    expect(uriOf('/elsewhere/r.txt')).toEqual({ uri: 'file:///elsewhere/r.txt' });
  });

  test('every rule has a help text and, if it is about security, a severity in the range of code scanning', () => {
    for (const [id, { meaning, help, severity }] of Object.entries(sarifRules)) {
      expect([id, meaning.length > 0 && help.length > 0]).toEqual([id, true]);
      if (severity !== undefined) expect(Number(severity)).toBeGreaterThan(0);
    }
    const rules = runOf(vetResult(vetted([refusal(), typed, skipped]))).tool.driver.rules;
    expect(rules).toMatchObject([
      { id: 'blocked', properties: { 'security-severity': '8.0', tags: ['security', 'supply-chain'] } },
      { id: 'on-hold', properties: { 'security-severity': '5.0' } },
      { id: 'skipped', help: { text: expect.not.stringContaining('`'), markdown: expect.stringContaining('`awspip') } },
    ]);
    expect(rules[2].properties).not.toHaveProperty('security-severity');
  });

  test('a result keeps its fingerprint when its line moves, and shares it with no other result', () => {
    const printsOf = (line: number) => {
      const outcome = {
        ...vetted([refusal(), refusal({ version: '1.1' })]),
        requirements: [{ text: 'bad', file: 'r', line }],
      };
      return runOf(vetResult(outcome)).results.map(
        (result: { partialFingerprints: object }) => result.partialFingerprints,
      );
    };
    expect(printsOf(1)).toEqual(printsOf(9));
    expect(printsOf(1)[0]).not.toEqual(printsOf(1)[1]);
  });

  test('has no more results than GitHub stores, the severe ones first, and says how many it left out', () => {
    const finding = (number: number) =>
      ({ rule: 'skipped', level: 'note', subject: `a ${number}`, message: 'x' }) as const;
    const severe = { rule: 'blocked', level: 'error', subject: 'b 1', message: 'y'.repeat(9_000) } as const;
    const findings = [...Array.from({ length: 5_001 }, (_, at) => finding(at)), severe];
    const [run] = JSON.parse(sarifLog({ run: 'vet/1', exitCode: 10, findings, failures: [] }, facts)).runs;
    expect(run.results).toHaveLength(5_000);
    expect(run.results[0]).toMatchObject({ ruleId: 'blocked', message: { text: 'y'.repeat(1_000) } });
    expect(run.invocations[0].toolExecutionNotifications[0].message.text).toBe('left out 2 more results');
  });

  test('a failure is a notification, not a result', () => {
    const failed = runOf(vetResult(vetted([], 'error', 'the table is gone')));
    expect(failed.results).toEqual([]);
    expect(failed.invocations[0]).toMatchObject({
      executionSuccessful: false,
      toolExecutionNotifications: [{ message: { text: expect.stringContaining('the table is gone') } }],
    });
  });
});

describe('JUnit', () => {
  test('has a case for every requirement: passed, failed, an error, or without a verdict', () => {
    const outcome = vetted([
      refusal(),
      refusal({ kind: 'ERROR', version: '3', name: normaliseName('typed') }),
      refusal({ fatal: false, version: '2' }),
    ]);
    const releases = [{ name: normaliseName('good'), version: '2', status: 'SECURE' as const }];
    const xml = vetJunit(vetResult({ ...outcome, releases }));
    expect(xml).toContain('<testsuites name="awspip vet" tests="4" failures="1" errors="1">');
    expect(xml).toContain('tests="4" failures="1" errors="1" skipped="1">');
    expect(xml).toContain('<testcase classname="awspip.vet" name="good"/>');
    expect(xml).toContain('name="Bad==1.0">\n   <failure type="blocked" message="bad 1.0 is blocked');
    expect(xml).toContain('req/a b#1.txt:7: bad 1.0 is blocked');
    expect(xml).toContain('name="typed">\n   <error type="vetting-failed"');
    expect(xml).toContain('name="bad 2">\n   <skipped type="skipped"');
    const undecided = vetJunit(vetResult(vetted([refusal()])));
    expect(undecided).toContain('name="good">\n   <skipped type="no-verdict"');
  });

  test('a release on hold is a failure, also as the dependency of a requirement', () => {
    const needed = refusal({ name: normaliseName('needed'), neededBy: normaliseName('good'), kind: 'HELD' });
    const xml = vetJunit(vetResult(vetted([needed])));
    expect(xml).toContain('name="good">\n   <failure type="on-hold" message="needed 1.0 is on hold');
  });

  test('a failed vetting is an error of every requirement', () => {
    expect(vetJunit(vetResult(vetted([], 'error', 'gone')))).toContain('failures="0" errors="3"');
  });

  test('vetted releases that no requirement names are passed cases', () => {
    const releases = [{ name: normaliseName('idna'), version: '3', status: 'SECURE' as const }];
    const xml = vetJunit(vetResult({ ...vetted([], 'secure'), releases }));
    expect(xml).toContain('<testcase classname="awspip.vet" name="idna 3"/>');
    expect(xml).toContain('failures="0" errors="0" skipped="0"');
  });

  test('is valid under the schema of Jenkins', () => {
    const hostile = refusal({ version: hostileText, reasons: [{ text: '<b>"&\u0000' }] });
    const outcomes = [
      vetted([refusal(), refusal({ kind: 'ERROR', version: '3' }), refusal({ fatal: false, version: '2' }), hostile]),
      vetted([], 'secure'),
      vetted([], 'error', 'gone'),
    ];
    for (const outcome of outcomes) expect(schemaViolations(vetJunit(vetResult(outcome)), junitSchema)).toEqual([]);
    const invalid =
      '<testsuites skipped="1"><testsuite name="a"><testcase file="b">x</testcase></testsuite></testsuites>';
    expect(schemaViolations(invalid, junitSchema)).toEqual([
      'testsuites has the attribute skipped',
      'testsuite lacks the attribute tests',
      'testsuite lacks the attribute failures',
      'testsuite lacks the attribute errors',
      'testcase has the attribute file',
      'testcase lacks the attribute name',
      'testcase has text',
    ]);
  });
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
