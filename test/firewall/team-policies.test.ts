import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/firewall/judge.ts';
import { isInternal } from '../../src/firewall/lists.ts';
import { type Policy, policyVersion, recommendedPolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { policyWarnings } from '../../src/firewall/policy-warnings.ts';
import { readPolicyText } from '../../src/firewall/read-policy-text.ts';
import type { Signals, Verdict } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { allUnknown, harmless, known, now, request2 } from './facts.ts';

const folder = path.join(import.meta.dirname, '../fixtures/policies');
const load = async (file: string): Promise<Policy> => loadPolicy(await readPolicyText(path.join(folder, file)));

function verdict(policy: Policy, signals: Partial<Signals>, name = 'example', version = '1.0'): Verdict {
  return judge({ name: normaliseName(name), version, signals: { ...harmless, ...signals }, policy, now });
}

const daysAgo = (days: number): string => new Date(now - days * 86_400_000).toISOString();

type Case = {
  readonly file: string;
  readonly signals: Partial<Signals>;
  readonly name?: string;
  readonly version?: string;
  readonly before: Verdict['outcome'];
  readonly after: Verdict['outcome'];
  readonly reason?: string;
};

const cases: readonly Case[] = [
  { file: 'internal-prefixes.yaml', signals: allUnknown, name: 'acme-auth', before: 'HELD', after: 'ALLOWED' },
  {
    ...{ file: 'internal-prefixes.yaml', signals: {}, name: 'acme-other', before: 'ALLOWED', after: 'BLOCKED' },
    reason: 'Name of an internal project on a public index',
  },
  {
    ...{ file: 'own-thresholds.json', signals: { downloads: known(5_000) }, before: 'ALLOWED', after: 'HELD' },
    reason: 'Downloads < 10000',
  },
  {
    ...{ file: 'cooldown-except.yaml', signals: { releasedAt: known(daysAgo(5)) }, before: 'ALLOWED', after: 'HELD' },
    reason: 'Released less than 7 days ago',
  },
  {
    ...{ file: 'cooldown-except.yaml', signals: { releasedAt: known(daysAgo(1)) }, name: 'boto3' },
    ...{ before: 'HELD', after: 'ALLOWED' },
  },
  {
    ...{ file: 'cooldown-except.yaml', signals: { releasedAt: known(daysAgo(1)) }, name: 'acme-x', version: '2.1' },
    ...{ before: 'HELD', after: 'ALLOWED' },
  },
  {
    ...{ file: 'block-list.yaml', signals: {}, before: 'ALLOWED', after: 'BLOCKED' },
    reason: 'Block list: under investigation',
  },
  {
    ...{ file: 'never-sdists.json', signals: { distributions: known('sdist') }, before: 'ALLOWED', after: 'BLOCKED' },
    reason: 'Release has no wheel, so that its build code runs',
  },
  {
    ...{ file: 'severity.yaml', before: 'ALLOWED', after: 'BLOCKED' },
    signals: { vulnerabilities: known([{ id: 'GHSA-a', severity: 'critical', fixedIn: '2.0' }]) },
    reason: 'Known vulnerability of high or critical severity',
  },
  {
    ...{ file: 'licences.yaml', signals: { licence: known('AGPL-3.0-only') }, before: 'ALLOWED', after: 'HELD' },
    reason: 'Licence is not on the list of the legal department',
  },
  {
    ...{ file: 'two-signals.json', before: 'ALLOWED', after: 'HELD' },
    signals: { downloads: known(900), repository: known({ state: 'missing', declared: null }) },
    reason: 'Few downloads and no repository',
  },
  {
    ...{ file: 'newest.yaml', before: 'ALLOWED', after: 'HELD', name: 'boto3' },
    signals: { releasedAt: known('2026-11-20T00:00:01Z'), rank: 1 },
    reason: 'Uploaded after 2026-11-20T00:00Z, the newest time that the policy allows',
  },
  {
    ...{ file: 'attested.yaml', before: 'HELD', after: 'ALLOWED' },
    signals: { downloads: known(100), stars: known(3), versionsCount: known(2) },
  },
];

describe('a policy of a team changes the verdict of `recommended`:', () => {
  test.each(cases)('$file: $before → $after', async ({ file, signals, name, version, before, after, reason }) => {
    const cooled = { ...recommendedPolicy, gates: { ...recommendedPolicy.gates } };
    expect(verdict(file === 'newest.yaml' ? withoutCooldown(cooled) : cooled, signals, name, version).outcome).toBe(
      before,
    );
    const found = verdict(await load(file), signals, name, version);
    expect(found.outcome).toBe(after);
    if (reason !== undefined) expect(found.reasons.map(({ text }) => text)).toContain(reason);
  });

  test('each file has a verdict that it changes', () => {
    expect([...new Set(cases.map(({ file }) => file))].toSorted()).toEqual(readdirSync(folder).toSorted());
  });

  test.each(readdirSync(folder))('%s has no warnings, and is the same when it is written as one file', async (file) => {
    const policy = await load(file);
    expect(policyWarnings(policy, now)).toEqual([]);
    expect(loadPolicy(JSON.stringify(policy))).toEqual(policy);
    expect(policyVersion(loadPolicy(JSON.stringify(policy)))).toBe(policyVersion(policy));
  });
});

function withoutCooldown(policy: Policy): Policy {
  return { ...policy, gates: { ...policy.gates, cooldown: { ...policy.gates.cooldown, days: 0 } } };
}

test('internal names are those of the extending file', async () => {
  expect(isInternal(await load('internal-prefixes.yaml'), normaliseName('Acme_Auth'))).toBe(true);
});

test('the block list ends with its expiry', async () => {
  const input = { name: normaliseName('example'), version: '1.0', signals: harmless };
  const policy = await load('block-list.yaml');
  expect(judge({ ...input, policy, now: Date.parse('2026-12-25T00:00:00Z') }).outcome).toBe('ALLOWED');
});

describe('severity.yaml', () => {
  const found = { id: 'GHSA-b', aliases: ['CVE-2026-1111'], severity: 'high', fixedIn: null } as const;

  test('leaves out the advisory that it ignores, and the evidence says so', async () => {
    const ignored = verdict(await load('severity.yaml'), { vulnerabilities: known([found]) });
    expect(ignored.outcome).toBe('ALLOWED');
    const finding = ignored.findings.find(({ rule }) => rule === 'severe-vulnerability');
    expect(finding?.note).toBe("the policy ignores CVE-2026-1111 (we don't use the affected function)");
  });

  test('blocks again after the end of the entry', async () => {
    const signals = { ...harmless, vulnerabilities: known([found]) };
    const input = { name: normaliseName('example'), version: '1.0', signals };
    const later = Date.parse('2027-04-01T00:00:00Z');
    expect(judge({ ...input, policy: await load('severity.yaml'), now: later }).outcome).toBe('BLOCKED');
  });

  test('puts an unranked release on hold whose vulnerability has no stated severity', async () => {
    const vulnerabilities = known([{ id: 'PYSEC-1', fixedIn: null }]);
    const policy = await load('severity.yaml');
    expect(verdict(policy, { vulnerabilities }).reasons).toEqual([
      {
        text: 'Known vulnerability of high or critical severity unknown: no `vulnerabilities`, because OSV has an advisory without a severity',
      },
    ]);
    expect(verdict(policy, { vulnerabilities, rank: 9 }).outcome).toBe('ALLOWED');
  });
});

describe('attested.yaml', () => {
  test('never gives a score below 0', async () => {
    expect(verdict(await load('attested.yaml'), {}).score).toEqual({ min: 0, max: 0 });
  });

  test('with an unknown attestation, the highest score counts', async () => {
    const { attested: _, ...signals } = request2;
    const input = { name: normaliseName('request2'), version: '0.2', signals, now };
    expect(judge({ ...input, policy: await load('attested.yaml') }).score).toEqual({ min: 40, max: 50 });
  });

  test('a verdict about the project leaves room for what lowers the score of other releases', async () => {
    const policy = await load('attested.yaml');
    expect(verdict(policy, { ...request2, attested: known(false) })).toMatchObject({
      outcome: 'BLOCKED',
      scope: 'file',
    });
    expect(verdict(recommendedPolicy, request2)).toMatchObject({ outcome: 'BLOCKED', scope: 'project' });
  });
});

test('malware is ignored only with a flag and a name', () => {
  const ignore = (entry: object) =>
    loadPolicy(JSON.stringify({ name: 'x', ignore: [{ reason: 'false alarm', ...entry }] }));
  expect(() => ignore({ id: 'MAL-2026-1' })).toThrow(/needs `malware: true`/);
  expect(() => ignore({ id: 'MAL-2026-1', malware: true })).toThrow(/`names` without/);
  expect(() => ignore({ id: 'MAL-2026-1', malware: true, names: ['*'] })).toThrow(/`names` without/);
  const policy = ignore({ id: 'MAL-2026-1', malware: true, names: ['example'] });
  const signals = { malware: known(['MAL-2026-1']) };
  expect(verdict(policy, signals).outcome).toBe('ALLOWED');
  expect(verdict(policy, signals, 'other').outcome).toBe('BLOCKED');
  expect(verdict(policy, { malware: known(['MAL-2026-1', 'MAL-2026-2']) }).outcome).toBe('BLOCKED');
});
