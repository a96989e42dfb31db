import { expect, test } from 'vitest';
import { referencePolicy } from '../../src/firewall/policy.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { ProjectPage } from '../../src/index/types.ts';
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
  files: versions.map((one) => {
    const [version, yanked] = typeof one === 'string' ? [one, false] : one;
    return { filename: `${name}-${version}.tar.gz`, url: 'https://x.invalid/', hashes: {}, yanked };
  }),
});

function world(releases: ReleaseRecord[], change: Partial<RecheckPorts> = {}, decisions: readonly Approval[] = []) {
  const done: string[] = [];
  const ports: RecheckPorts = {
    store: {
      advance: async ({ name, version }, execution, from, { status, cause }) => {
        done.push(`record ${name} ${version} of ${execution}: ${from} → ${status} (${cause})`);
        return true;
      },
      approvalsOf: async (name) => decisions.filter((decision) => decision.name === name),
    },
    secure: async () => releases,
    malware: async (name) => ({ known: true, value: name === 'evil' ? ['MAL-2026-1'] : [], ...known }),
    page: async () => undefined,
    policy: referencePolicy,
    policyVersion: 'reference-12345678',
    archive: async ({ name, version }) => void done.push(`archive ${name} ${version}`),
    request: async (name) => {
      done.push(`request ${name}`);
      return true;
    },
    tell: async (title, lines) => void done.push(`tell ${title}: ${lines.join('; ')}`),
    now: () => now,
    ...change,
  };
  return { ports, done };
}

test('a secure release that has become known as malware is archived, recorded and told of', async () => {
  const { ports, done } = world([secure('good', '1.0'), secure('evil', '2.0')]);
  expect(await recheck(ports)).toMatchObject({ looked: 2, archived: 1, failures: [] });
  expect(done).toEqual([
    'archive evil 2.0',
    'record evil 2.0 of evil-1: SECURE → BLOCKED (known malware: MAL-2026-1)',
    'tell ARCHIVED in secure-pypi: 1: evil 2.0: known malware: MAL-2026-1',
  ]);
});

test('what came on the block list is archived without asking anyone', async () => {
  const policy = { ...referencePolicy, block: [{ name: 'good', versions: '<2', reason: 'left behind' }] };
  const { ports, done } = world([secure('good', '1.0'), secure('good', '2.0')], { policy });
  expect(await recheck(ports)).toMatchObject({ archived: 1 });
  expect(done[0]).toBe('archive good 1.0');
});

const decision = (name: string, change: Partial<Approval> = {}): Approval => ({
  ...{ id: 'one', name: normaliseName(name), specifier: '', kind: 'approve', reason: 'read it', owner: 'lea' },
  createdAt: '2026-02-01T00:00:00.000Z',
  ...change,
});

test('what a person approved stays, malware only where they said so; what a person denied is archived', async () => {
  const policy = { ...referencePolicy, block: [{ name: 'blocked', reason: 'left behind' }] };
  const releases = ['blocked', 'evil', 'unloved'].map((name) => secure(name, '1.0'));
  const decisions = [decision('blocked'), decision('evil'), decision('unloved', { kind: 'deny' })];
  const { ports, done } = world(releases, { policy }, decisions);
  expect(await recheck(ports)).toMatchObject({ archived: 2 });
  expect(done.filter((line) => line.startsWith('archive'))).toEqual(['archive evil 1.0', 'archive unloved 1.0']);
  expect(done.join()).toContain('Denied by lea: read it');
  const knowingly = world([secure('evil', '1.0')], {}, [decision('evil', { evenMalware: true })]);
  expect(await recheck(knowingly.ports)).toMatchObject({ archived: 0 });
});

test('a feed that does not answer archives nothing, and is counted', async () => {
  const malware: RecheckPorts['malware'] = async () => ({ known: false, why: 'is down', ...known });
  const { ports, done } = world([secure('evil', '2.0')], { malware });
  expect(await recheck(ports)).toMatchObject({ unknown: 1, archived: 0 });
  expect(done).toEqual([]);
});

test('what could not be archived stays SECURE on record, so that the next run tries again, and people are told', async () => {
  const archive: RecheckPorts['archive'] = async () => {
    throw new Error('AccessDenied');
  };
  const { ports, done } = world([secure('evil', '2.0')], { archive });
  const { failures } = await recheck(ports);
  expect(failures).toEqual([expect.stringContaining('evil 2.0')]);
  expect(done).toEqual([expect.stringMatching(/^tell Secure releases that turned out bad are still there/)]);
});

test('a notice that Slack does not take is a failure on record; newer releases are asked for all the same', async () => {
  const { ports, done } = world([secure('evil', '2.0'), secure('fixed', '1.0')], {
    page: async (name) => pageOf(name, name === 'fixed' ? '1.1' : '2.0'),
    tell: async () => {
      throw new Error('Slack did not take the notice (500)');
    },
  });
  const { archived, requested, failures } = await recheck(ports);
  expect({ archived, requested }).toEqual({ archived: 1, requested: 1 });
  expect(failures).toHaveLength(1);
  expect(failures[0]).toContain('Slack did not take the notice (500)');
  expect(failures[0]).toContain('evil 2.0: known malware');
  expect(done.at(-1)).toBe('request fixed');
});

test('newer releases are asked for, once for each project', async () => {
  const page: RecheckPorts['page'] = async (name) => pageOf(name, '1.0', name === 'fixed' ? '1.1' : '0.9');
  const { ports, done } = world([secure('fixed', '0.9'), secure('fixed', '1.0'), secure('same', '1.0')], { page });
  expect(await recheck(ports)).toMatchObject({ requested: 1 });
  expect(done).toEqual(['request fixed']);
});

test('one run asks for fifty at most', async () => {
  const many = Array.from({ length: 120 }, (_, at) => secure(`project-${at}`, '1.0'));
  const { ports } = world(many, { page: async (name) => pageOf(name, '2.0') });
  expect((await recheck(ports)).requested).toBe(50);
});

test('requests whose execution is gone are counted', () => {
  const gone = recordOf({ leaseUntil: now - 3_600_000 });
  const alive = recordOf({ leaseUntil: now + 60_000 });
  expect(countStuck([gone, alive], now)).toBe(1);
});

test('yanked releases and pre-releases are not newer', () => {
  const name = normaliseName('demo');
  expect(hasNewer(pageOf('demo', '1.0', ['1.1', true], '2.0a1'), name, '1.0')).toBe(false);
  expect(hasNewer(pageOf('demo', '1.0', '1.0.1'), name, '1.0')).toBe(true);
});
