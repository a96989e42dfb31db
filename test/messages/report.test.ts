import { expect, test } from 'vitest';
import { problemCodes } from '../../src/cli/problem-codes.ts';
import { problemsOf } from '../../src/cli/problems.ts';
import { failureReport, reportOf } from '../../src/cli/report.ts';
import { AwspipError, exitCodes } from '../../src/errors.ts';
import type { NotFoundCause } from '../../src/vetting/types.ts';
import { schemaKeys } from '../helpers/schema-keys.ts';
import { fatal, refused, result } from './endings.ts';
import { reportSchema, schemaErrors } from './report-schema.ts';

test('an error is reported with its code and hint', () => {
  const error = new AwspipError('repository-unknown', 'no such repository', { exit: 'configuration', hint: 'check' });
  const report = failureReport(error, '1.0');
  expect(schemaErrors(report)).toEqual([]);
  expect(report).toMatchObject({
    schemaVersion: 2,
    exitCode: 78,
    problems: [{ code: 'repository-unknown', errorCode: 'repository-unknown', hint: 'check' }],
  });
  expect(schemaErrors(failureReport(new Error('oops'), '1.0'))).toEqual([]);
});

test('an error after pip ran is reported with the stack and the runs', () => {
  const error = new AwspipError('aws-denied', 'denied', { exit: 'denied', hint: 'ask' });
  const report = failureReport(error, '1.0', { stack: 'aws', pipRuns: 1 });
  expect(schemaErrors(report)).toEqual([]);
  expect(report).toMatchObject({ exitCode: 77, stack: 'aws', pipRuns: 1 });
});

test.each([
  ['token-denied', 'denied', 'token-denied'],
  ['access-denied', 'denied', 'permission-denied'],
  ['aws-denied', 'denied', 'permission-denied'],
  ['aws-throttled', 'unavailable', 'throttled'],
  ['aws-failed', 'unavailable', 'unavailable'],
  ['interrupted', 'interrupted', 'interrupted'],
  ['sso-expired', 'denied', 'error'],
] as const)('the error %s with exit %s has the problem code %s', (errorCode, exit, code) => {
  const [problem] = failureReport(new AwspipError(errorCode, 'x', { exit, hint: 'y' }), '1.0').problems;
  expect(problem).toMatchObject({ code, errorCode });
  if (code !== 'error') expect(problemCodes[code].exit).toBe(exit);
});

test('a success, an interruption and an install without progress fit the schema', () => {
  for (const ending of [
    { kind: 'pip', exitCode: 0 },
    { kind: 'pip', exitCode: 1 },
    { kind: 'interrupted' },
    { kind: 'no-progress', exitCode: 1, requirements: ['six==2'], files: [] },
    { kind: 'no-progress', exitCode: 1, requirements: ['six==2'], files: ['six-2-py3-none-any.whl'] },
  ] as const) {
    const ended = result(ending);
    expect(schemaErrors(reportOf(ended, problemsOf(ended), { version: '1.0', stack: 'local' }))).toEqual([]);
  }
});

test('times in the report are ISO 8601', () => {
  const heldUntil = '2026-12-01T00:00:00.000Z';
  const ended = result(refused([fatal({ kind: 'HELD', version: '2', heldUntil })]));
  const { problems, refusals } = reportOf(ended, problemsOf(ended), { version: '1.0', stack: 'aws' });
  expect([problems[0]?.heldUntil, refusals[0]?.heldUntil]).toEqual([heldUntil, heldUntil]);
  expect(problems[0]?.message).toBe(`a 2 is on hold, within cooldown: allowed from ${heldUntil}`);
  expect(JSON.stringify(problems)).not.toMatch(/\(in \d|Dec 1/);
});

test('a lock file that pins other bytes is reported as such', () => {
  const files = ['six-2-py3-none-any.whl'];
  const ended = result({ kind: 'no-progress', exitCode: 1, requirements: ['six==2'], files });
  const [problem] = problemsOf(ended);
  expect(problem?.message).toBe(
    'the lock file pins another sha256 of six-2-py3-none-any.whl than the vetted repository has',
  );
  expect(problem?.hint).toContain('awspip lock');
});

test('the schema lists every problem code and every exit reason', () => {
  expect(reportSchema.properties.problems.items.properties.code.enum.toSorted()).toEqual(
    Object.keys(problemCodes).toSorted(),
  );
  expect(reportSchema.properties.reason.enum.toSorted()).toEqual(['pip', ...Object.keys(exitCodes)].toSorted());
});

/** Every cause; the type check finds one that is missing. */
const causes: Readonly<Record<NotFoundCause, true>> = {
  'no-project': true,
  private: true,
  'no-release': true,
  'no-version': true,
  'no-file': true,
  unusable: true,
  yanked: true,
  'uploaded-later': true,
  constraint: true,
  conflict: true,
};

test.each(Object.keys(causes) as NotFoundCause[])(
  'a report with a refusal because of %s fits the schema',
  (because) => {
    const ended = result(refused([fatal({ because })]));
    expect(schemaErrors(reportOf(ended, problemsOf(ended), { version: '1.0', stack: 'aws' }))).toEqual([]);
  },
);

test('the schema says what every field means', () => {
  const keys = schemaKeys(reportSchema);
  expect(keys.length).toBeGreaterThan(40);
  expect(keys.filter(({ meaning }) => meaning === undefined).map(({ path }) => path)).toEqual([]);
});

test('the schema rejects a report with a missing field or an unknown code', () => {
  const ended = result({ kind: 'interrupted' });
  const { problems: _, ...incomplete } = reportOf(ended, [], { version: '1.0', stack: 'aws' });
  expect(schemaErrors(incomplete)).not.toEqual([]);
  expect(schemaErrors({ ...incomplete, problems: [{ code: 'invented', message: '', hint: '' }] })).not.toEqual([]);
});
