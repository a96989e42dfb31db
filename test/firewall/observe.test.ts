import { expect, test } from 'vitest';
import { ageLimits } from '../../src/firewall/age-limits.ts';
import { judge } from '../../src/firewall/judge.ts';
import { type Policy, policyVersion, recommendedPolicy } from '../../src/firewall/policy.ts';
import { combineDocuments, loadPolicy, readDocument } from '../../src/firewall/policy-file.ts';
import { policyWarnings } from '../../src/firewall/policy-warnings.ts';
import { normaliseName } from '../../src/index/names.ts';
import { allUnknown, inputWith, known, now, request2 } from './facts.ts';

const observing = (more: Partial<Policy> = {}): Policy => ({ ...recommendedPolicy, mode: 'observe', ...more });
const recent = { releasedAt: known(new Date(now - 3_600_000).toISOString()) };
const name = normaliseName('example');

test('what would be blocked for its points is let in, with the verdict that was not applied', () => {
  const verdict = judge({ ...inputWith(request2), policy: observing() });
  expect(verdict).toMatchObject({ outcome: 'ALLOWED', level: 'Green', score: { min: 50, max: 50 }, reasons: [] });
  expect(verdict.observed).toMatchObject({ outcome: 'BLOCKED', reasons: [{ text: 'Downloads < 300' }, {}, {}, {}] });
});

test('what would wait for its age is let in, with the time at which it would be', () => {
  const strict = judge(inputWith(recent));
  const verdict = judge({ ...inputWith(recent), policy: observing() });
  expect(verdict).toMatchObject({ outcome: 'ALLOWED', heldUntil: undefined });
  expect(verdict.observed).toEqual({ outcome: 'HELD', reasons: strict.reasons, heldUntil: strict.heldUntil });
  expect(verdict.findings).toEqual(strict.findings);
});

test('a source that does not answer stops nothing in observe mode', () => {
  const verdict = judge({ ...inputWith(allUnknown), policy: observing() });
  expect(verdict).toMatchObject({ outcome: 'ALLOWED', observed: { outcome: 'HELD' } });
});

test('what the policy allows is not marked', () => {
  expect(judge({ ...inputWith(), policy: observing() })).not.toHaveProperty('observed');
});

test.each([
  ['known malware', { malware: known(['MAL-2027-1']) }, {}],
  ['a quarantined project', { projectStatus: known('quarantined' as const) }, {}],
  ['a name on the block list', {}, { block: [{ name: 'example', reason: 'no' }] }],
])('%s stays blocked in observe mode', (_, signals, policy) => {
  const verdict = judge({ ...inputWith(signals), name, policy: observing(policy) });
  expect(verdict).toMatchObject({ outcome: 'BLOCKED', level: 'Red' });
  expect(verdict).not.toHaveProperty('observed');
});

test('only the named gates are observed', () => {
  const policy = observing({ observe: { gates: ['cooldown'] } });
  expect(judge({ ...inputWith(recent), policy })).toMatchObject({ outcome: 'ALLOWED', observed: { outcome: 'HELD' } });
  expect(judge({ ...inputWith(request2), policy })).toMatchObject({ outcome: 'BLOCKED' });
  const scoreOnly = observing({ observe: { gates: ['score'] } });
  expect(judge({ ...inputWith(request2), policy: scoreOnly })).toMatchObject({ outcome: 'ALLOWED' });
  expect(judge({ ...inputWith(recent), policy: scoreOnly })).toMatchObject({ outcome: 'HELD' });
});

test('a release that an enforced gate also stops is on hold for that gate alone', () => {
  const policy = observing({ observe: { gates: ['score'] } });
  const verdict = judge({ ...inputWith({ ...request2, ...recent }), policy });
  expect(verdict).toMatchObject({ outcome: 'HELD', level: 'Yellow' });
  expect(verdict.reasons).toEqual([{ text: 'Released less than 3 days ago' }]);
  expect(verdict.heldUntil).toBeDefined();
});

test('only the named projects are observed', () => {
  const policy = observing({ observe: { names: ['exam*'] } });
  expect(judge({ ...inputWith(request2), name, policy }).outcome).toBe('ALLOWED');
  expect(judge({ ...inputWith(request2), name: normaliseName('other'), policy }).outcome).toBe('BLOCKED');
});

test.each([
  ['2026-11-22', 'BLOCKED'],
  ['2026-11-23', 'ALLOWED'],
])('observed until %s, a release is %s', (until, outcome) => {
  expect(judge({ ...inputWith(request2), policy: observing({ observe: { until } }) }).outcome).toBe(outcome);
});

test('the resolver chooses a recent release only if its age is observed', () => {
  const release = { name, version: '1.0' };
  const newest = '2026-11-01';
  const limits = (policy: Policy) => ageLimits({ ...policy, newest }, () => now);
  expect(limits(recommendedPolicy).isExempt(release)).toBe(false);
  expect(limits(recommendedPolicy).tooNew('2026-11-20', name)).toMatch(/^Uploaded after/);
  expect(limits(observing()).isExempt(release)).toBe(true);
  expect(limits(observing()).tooNew('2026-11-20', name)).toBeUndefined();
  expect(limits(observing({ observe: { gates: ['newProject'] } })).isExempt(release)).toBe(false);
});

test('the mode is part of the version of a policy only if it observes', () => {
  expect(policyVersion(observing())).not.toBe(policyVersion(recommendedPolicy));
  expect(policyVersion(observing({ observe: { gates: ['score'] } }))).not.toBe(policyVersion(observing()));
});

test.each([
  ['mode: watch', /`mode`: must be `enforce` or `observe`/],
  ['observe: { gates: [malware] }', /is enforced in every mode/],
  ['observe: { gates: [cooldwn] }', /there is no gate `cooldwn`/],
  ['observe: { gates: [] }', /must not be empty/],
  ['observe: { until: soon }', /must be a date/],
])('%s is not a policy', (text, problem) => {
  expect(() => loadPolicy(`name: x\n${text}\n`)).toThrow(problem);
});

test('an own gate can be observed', () => {
  const text = `name: x\nmode: observe\nobserve: { gates: [team] }\ngates:\n  own:\n    - { name: team, when: 'stars < 1', does: hold, text: No }\n`;
  expect(loadPolicy(text).observe).toEqual({ gates: ['team'] });
});

test('a policy replaces the observed gates of the policy that it extends', () => {
  const [own, base] = [
    'extends: base.yaml\nname: x\nobserve: { gates: [score] }',
    'name: y\nobserve: { gates: [yanked] }',
  ];
  expect(combineDocuments([readDocument(own), readDocument(base)]).observe).toEqual({ gates: ['score'] });
});

test('a scope without the mode, and one that has expired, are warnings', () => {
  const warnings = (policy: Policy) => policyWarnings(policy, now).filter(({ key }) => key === 'observe');
  expect(warnings({ ...recommendedPolicy, observe: { gates: ['score'] } })).toHaveLength(1);
  expect(warnings(observing({ observe: { until: '2026-01-01' } }))).toHaveLength(1);
  expect(warnings(observing({ observe: { until: '2027-01-01' } }))).toHaveLength(0);
});
