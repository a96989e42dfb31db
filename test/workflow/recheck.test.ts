import { expect, test } from 'vitest';
import { referencePolicy } from '../../src/firewall/policy.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { ProjectPage } from '../../src/index/types.ts';
import type { AuditEntry } from '../../src/vetting/audit.ts';
import type { Approval, ReleaseRecord } from '../../src/vetting/types.ts';
import { countStuck, hasNewer, type RecheckPorts, recheck } from '../../src/workflow/recheck.ts';
import { recordOf } from '../vetting/examples.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const known = { source: 'OSV', fetchedAt: '2026-03-01T12:00:00Z' };

function secure(name: string, version: string): ReleaseRecord {
  return {
    name: normaliseName(name),
    version,
    status: 'SECURE',
    execution: `${name}-1`,
    leaseUntil: 0,
    requestedBy: 'dev',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
  };
}

const pageOf = (name: string, ...versions: (string | [string, boolean])[]): ProjectPage => ({
  name: normaliseName(name),
  files: versions.map((listed) => {
    const [version, yanked] = typeof listed === 'string' ? [listed, false] : listed;
    return { filename: `${name}-${version}.tar.gz`, url: 'https://x.invalid/', hashes: {}, yanked };
  }),
});

/** Returns ports that log each effect into `effects`. */
function portsOver(releases: ReleaseRecord[], change: Partial<RecheckPorts> = {}, decisions: readonly Approval[] = []) {
  const effects: string[] = [];
  const entries: AuditEntry[] = [];
  const ports: RecheckPorts = {
    store: {
      advance: async ({ name, version }, execution, from, { status, cause }) => {
        effects.push(`record ${name} ${version} of ${execution}: ${from} → ${status} (${cause})`);
        return true;
      },
      putAudit: async (entry) => {
        entries.push(entry);
      },
      approvalsOf: async (name) => decisions.filter((decision) => decision.name === name),
    },
    secureReleases: async () => releases,
    malware: async (name) => ({ known: true, value: name === 'evil' ? ['MAL-2026-1'] : [], ...known }),
    page: async () => undefined,
    policy: referencePolicy,
    policyVersion: 'reference-12345678',
    archive: async ({ name, version }) => void effects.push(`archive ${name} ${version}`),
    request: async (name) => {
      effects.push(`request ${name}`);
      return true;
    },
    notify: async (title, lines) => void effects.push(`notify ${title}: ${lines.join('; ')}`),
    now: () => now,
    ...change,
  };
  return { ports, effects, entries };
}

test('a vetted release with a new malware advisory is archived, recorded and reported', async () => {
  const { ports, effects, entries } = portsOver([secure('good', '1.0'), secure('evil', '2.0')]);
  expect(await recheck(ports)).toMatchObject({ checked: 2, archived: 1, failures: [] });
  expect(effects).toEqual([
    'archive evil 2.0',
    'record evil 2.0 of evil-1: SECURE → BLOCKED (known malware: MAL-2026-1)',
    'notify Archived 1 release in secure-pypi: evil 2.0: known malware: MAL-2026-1',
  ]);
  expect(entries).toMatchObject([
    { kind: 'archive', name: 'evil', actor: { by: 'recheck' }, reason: 'known malware: MAL-2026-1' },
  ]);
});

test('a release on the block list is archived', async () => {
  const policy = { ...referencePolicy, block: [{ name: 'good', versions: '<2', reason: 'unmaintained' }] };
  const { ports, effects } = portsOver([secure('good', '1.0'), secure('good', '2.0')], { policy });
  expect(await recheck(ports)).toMatchObject({ archived: 1 });
  expect(effects[0]).toBe('archive good 1.0');
});

const decision = (name: string, change: Partial<Approval> = {}): Approval => ({
  ...{ id: 'one', name: normaliseName(name), specifier: '', kind: 'approve', reason: 'read it', owner: 'lea' },
  createdAt: '2026-02-01T00:00:00.000Z',
  ...change,
});

test('approved releases stay, malware only if the approval includes it; denied releases are archived', async () => {
  const policy = { ...referencePolicy, block: [{ name: 'blocked', reason: 'unmaintained' }] };
  const releases = ['blocked', 'evil', 'denied'].map((name) => secure(name, '1.0'));
  const decisions = [decision('blocked'), decision('evil'), decision('denied', { kind: 'deny' })];
  const { ports, effects } = portsOver(releases, { policy }, decisions);
  expect(await recheck(ports)).toMatchObject({ archived: 2 });
  expect(effects.filter((line) => line.startsWith('archive'))).toEqual(['archive evil 1.0', 'archive denied 1.0']);
  expect(effects.join()).toContain('Denied by lea: read it');
  const knowingly = portsOver([secure('evil', '1.0')], {}, [decision('evil', { evenMalware: true })]);
  expect(await recheck(knowingly.ports)).toMatchObject({ archived: 0 });
});

test('when the malware source does not answer, nothing is archived and the release is counted', async () => {
  const malware: RecheckPorts['malware'] = async () => ({ known: false, why: 'is down', ...known });
  const { ports, effects } = portsOver([secure('evil', '2.0')], { malware });
  expect(await recheck(ports)).toMatchObject({ unknown: 1, archived: 0 });
  expect(effects).toEqual([]);
});

test('a release that could not be archived keeps its SECURE record for the next run, and is reported', async () => {
  const archive: RecheckPorts['archive'] = async () => {
    throw new Error('AccessDenied');
  };
  const { ports, effects } = portsOver([secure('evil', '2.0')], { archive });
  const { failures } = await recheck(ports);
  expect(failures).toEqual([expect.stringContaining('evil 2.0')]);
  expect(effects).toEqual([
    expect.stringMatching(/^notify Some releases in secure-pypi could not be archived: evil 2\.0/),
  ]);
});

test('a notice that Slack does not accept is a recorded failure, and newer releases are still requested', async () => {
  const { ports, effects } = portsOver([secure('evil', '2.0'), secure('fixed', '1.0')], {
    page: async (name) => pageOf(name, name === 'fixed' ? '1.1' : '2.0'),
    notify: async () => {
      throw new Error('Slack did not accept the notice (500)');
    },
  });
  const { archived, requested, failures } = await recheck(ports);
  expect({ archived, requested }).toEqual({ archived: 1, requested: 1 });
  expect(failures).toHaveLength(1);
  expect(failures[0]).toContain('Slack did not accept the notice (500)');
  expect(failures[0]).toContain('evil 2.0: known malware');
  expect(effects.at(-1)).toBe('request fixed');
});

test('newer releases are requested once per project', async () => {
  const page: RecheckPorts['page'] = async (name) => pageOf(name, '1.0', name === 'fixed' ? '1.1' : '0.9');
  const { ports, effects } = portsOver([secure('fixed', '0.9'), secure('fixed', '1.0'), secure('same', '1.0')], {
    page,
  });
  expect(await recheck(ports)).toMatchObject({ requested: 1 });
  expect(effects).toEqual(['request fixed']);
});

test('one run requests at most fifty projects', async () => {
  const many = Array.from({ length: 120 }, (_, at) => secure(`project-${at}`, '1.0'));
  const { ports } = portsOver(many, { page: async (name) => pageOf(name, '2.0') });
  expect((await recheck(ports)).requested).toBe(50);
});

test('requests with an expired lease are counted as stuck', () => {
  const stuck = recordOf({ leaseUntil: now - 3_600_000 });
  const live = recordOf({ leaseUntil: now + 60_000 });
  expect(countStuck([stuck, live], now)).toBe(1);
});

test('yanked releases and pre-releases do not count as newer', () => {
  const name = normaliseName('demo');
  expect(hasNewer(pageOf('demo', '1.0', ['1.1', true], '2.0a1'), name, '1.0')).toBe(false);
  expect(hasNewer(pageOf('demo', '1.0', '1.0.1'), name, '1.0')).toBe(true);
});
