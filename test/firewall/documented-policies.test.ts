import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judge } from '../../src/firewall/judge.ts';
import { popularityUnder } from '../../src/firewall/other-index.ts';
import { type Policy, recommendedPolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { policyWarnings } from '../../src/firewall/policy-warnings.ts';
import { readPolicyText } from '../../src/firewall/read-policy-text.ts';
import type { Signals, Verdict } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { harmless, known, now, request2 } from './facts.ts';

const page = path.resolve(import.meta.dirname, '../../docs/guides/policies.md');
const daysAgo = (days: number): string => new Date(now - days * 86_400_000).toISOString();
const releasedDaysAgo = (days: number): Partial<Signals> => ({ releasedAt: known(daysAgo(days)) });

/** A release whose verdict a policy of the page changes. */
type Evidence = {
  readonly policy: string;
  readonly name?: string;
  readonly version?: string;
  readonly signals: Partial<Signals>;
  readonly before: Verdict['outcome'];
  readonly after: Verdict['outcome'];
};

const licensed = (licence: string, after: Verdict['outcome']): Evidence => ({
  ...{ policy: 'licences', signals: { licence: known(licence) }, before: 'ALLOWED', after },
});
const vulnerable = (id: string, after: Verdict['outcome']): Evidence => ({
  ...{ policy: 'vulnerabilities', before: 'ALLOWED', after },
  signals: { vulnerabilities: known([{ id, severity: 'critical', fixedIn: null }]) },
});

const cases: readonly Evidence[] = [
  { policy: 'cooldown', signals: releasedDaysAgo(5), before: 'ALLOWED', after: 'HELD' },
  { policy: 'cooldown', name: 'acme-auth', signals: releasedDaysAgo(1), before: 'HELD', after: 'ALLOWED' },
  licensed('AGPL-3.0-only', 'HELD'),
  licensed('', 'HELD'),
  licensed('MIT OR GPL-3.0-only', 'ALLOWED'),
  { policy: 'block-namespace', name: 'badvendor-client', signals: {}, before: 'ALLOWED', after: 'BLOCKED' },
  { policy: 'block-namespace', name: 'example', version: '1.5', signals: {}, before: 'ALLOWED', after: 'BLOCKED' },
  { policy: 'block-namespace', name: 'example', version: '2.0', signals: {}, before: 'ALLOWED', after: 'ALLOWED' },
  { policy: 'one-release', name: 'request2', version: '0.2', signals: request2, before: 'BLOCKED', after: 'ALLOWED' },
  { policy: 'one-release', name: 'request2', version: '0.3', signals: request2, before: 'BLOCKED', after: 'BLOCKED' },
  vulnerable('CVE-2026-2222', 'BLOCKED'),
  vulnerable('CVE-2026-1111', 'ALLOWED'),
  { policy: 'production', signals: releasedDaysAgo(10), before: 'ALLOWED', after: 'HELD' },
  { policy: 'production', signals: { distributions: known('sdist') }, before: 'ALLOWED', after: 'BLOCKED' },
  { policy: 'production', signals: { yanked: known(true) }, before: 'ALLOWED', after: 'BLOCKED' },
  {
    policy: 'freeze',
    signals: { releasedAt: known('2026-11-20T00:00:01Z'), rank: 1 },
    before: 'ALLOWED',
    after: 'HELD',
  },
  { policy: 'wheels-only', signals: { distributions: known('sdist') }, before: 'ALLOWED', after: 'BLOCKED' },
  { policy: 'wheels-only', signals: { distributions: known('both') }, before: 'ALLOWED', after: 'ALLOWED' },
  { policy: 'no-pre-releases', version: '2.0rc1', signals: {}, before: 'ALLOWED', after: 'HELD' },
  { policy: 'maintained', signals: { projectStatus: known('archived') }, before: 'ALLOWED', after: 'HELD' },
  { policy: 'maintained', signals: { lastModified: known(daysAgo(1100)) }, before: 'ALLOWED', after: 'HELD' },
  { policy: 'own-names', name: 'acme-biling', signals: {}, before: 'ALLOWED', after: 'HELD' },
  {
    ...{ policy: 'two-signals', before: 'ALLOWED', after: 'HELD' },
    signals: { downloads: known(900), repository: known({ state: 'missing', declared: null }) },
  },
];

let folder: string;
const policies = new Map<string, Policy>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-policies-'));
  for (const [, text = ''] of (await readFile(page, 'utf8')).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
    const file = path.join(folder, `${policies.size}.yaml`);
    await writeFile(file, text);
    const policy = loadPolicy(await readPolicyText(file));
    policies.set(policy.name, policy);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function outcome(policy: Policy, { name, version, signals }: Required<Evidence>): Verdict['outcome'] {
  const project = normaliseName(name);
  // Names that resemble a name that the policy protects. The popular ones are left out, because they take long to read.
  const similar = policy.protected.length === 0 ? [] : popularityUnder(policy).similar(project);
  return judge({ name: project, version, signals: { ...harmless, similar, ...signals }, policy, now }).outcome;
}

describe('a policy of docs/guides/policies.md', () => {
  test.each(cases.map((each) => ({ name: 'example', version: '1.0', ...each })))(
    '$policy decides about $name $version: $before → $after',
    (evidence) => {
      // `recommended` has a cooldown, which is not what the example is about.
      const { cooldown } = recommendedPolicy.gates;
      const gates = { ...recommendedPolicy.gates, cooldown: { ...cooldown, days: 0 } };
      const former = evidence.policy === 'freeze' ? { ...recommendedPolicy, gates } : recommendedPolicy;
      expect(outcome(former, evidence)).toBe(evidence.before);
      expect(outcome(policies.get(evidence.policy) as Policy, evidence)).toBe(evidence.after);
    },
  );

  test('has a verdict that it changes, no warnings, and its name in the table of the page', async () => {
    const changing = cases.filter(({ before, after }) => before !== after).map(({ policy }) => policy);
    expect([...new Set(changing)].toSorted()).toEqual([...policies.keys()].toSorted());
    for (const [name, policy] of policies) expect([name, policyWarnings(policy, now)]).toEqual([name, []]);
    const text = await readFile(page, 'utf8');
    expect([...policies.keys()].filter((name) => !text.includes(`[${name}](#`))).toEqual([]);
  });
});
