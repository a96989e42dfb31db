import { describe, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { expiryOf } from '../../src/review/decide.ts';
import {
  type DecisionPorts,
  type DecisionRequest,
  makeDecisions,
  specsOfRequest,
} from '../../src/review/decide-all.ts';
import { parseSpec, readSpan } from '../../src/review/spec.ts';
import { readSpecLines } from '../../src/review/spec-file.ts';
import type { AuditEntry } from '../../src/vetting/audit.ts';
import { type Hold, mergeHold } from '../../src/vetting/hold.ts';
import type { Approval, ReleaseRecord } from '../../src/vetting/types.ts';
import { recordOf } from '../vetting/examples.ts';

const now = Date.parse('2026-11-27T12:00:00Z');
const day = 86_400_000;
const terms = { selfApproval: true };

describe('the end of a decision', () => {
  const end = (kind: Approval['kind'], given: object, policy: object = {}) => {
    const at = expiryOf(kind, given, { ...terms, ...policy }, now);
    return at === undefined ? undefined : (Date.parse(at) - now) / day;
  };

  test.each([
    [{}, {}, undefined],
    [{}, { days: 30 }, 30],
    [{}, { maxDays: 90 }, 90],
    [{ days: '10' }, { days: 30, maxDays: 90 }, 10],
    [{ until: '2026-11-28T12:00Z' }, { maxDays: 1 }, 1],
  ])('of an approval: %j under %j is after %j days', (given, policy, expected) => {
    expect(end('approve', given, policy)).toBe(expected);
  });

  test('of a denial is open unless one is given', () => {
    expect(end('deny', {}, { days: 30, maxDays: 90 })).toBeUndefined();
    expect(end('deny', { days: '400' }, { maxDays: 90 })).toBe(400);
  });

  test.each([
    [{ days: '91' }, 'approval-too-long'],
    [{ until: '2027-06-01' }, 'approval-too-long'],
    [{ days: '0' }, 'days-invalid'],
    [{ days: '3', until: '2026-12-01' }, 'days-invalid'],
    [{ until: 'soon' }, 'until-invalid'],
  ])('%j is refused as %s', (given, code) => {
    expect(() => end('approve', given, { maxDays: 90 })).toThrow(expect.objectContaining({ code }));
  });

  test('counts a last day as a whole', () => {
    expect(end('approve', { until: '2026-11-28' }, { maxDays: 1 })).toBeGreaterThan(1);
  });
});

const name = normaliseName('demo');
const hold = (version: string, by: string, text = 'Downloads < 300'): Hold =>
  mergeHold(
    undefined,
    {
      ...{ name, version, kind: 'BLOCKED', reasons: [{ text }], similarPackages: [] },
      requester: { by, requestIds: ['r'.repeat(32)], roots: ['demo'], neededBy: [] },
    },
    new Date(now).toISOString(),
  );

function system(given: {
  holds?: readonly Hold[];
  releases?: readonly Partial<ReleaseRecord>[];
  selfApproval?: boolean;
  malware?: readonly string[];
  failAt?: string;
}) {
  const written: string[] = [];
  const entries: AuditEntry[] = [];
  const steps: string[] = [];
  let count = 0;
  const records = {
    holdsOf: async (asked: string) => (given.holds ?? []).filter((one) => one.name === asked),
    holds: async () => ({ holds: given.holds ?? [], complete: true }),
    readRequest: async () => undefined,
    releasesOf: async () => given.releases ?? [],
    approvalsOf: async () => [],
    listByStatus: async () => ({ releases: [], requests: [] }),
    actor: async () => ({ by: 'lea@b', from: 'b', identity: 'arn:aws:sts::1:assumed-role/x' }),
    putAudit: async (entry: AuditEntry) => {
      entries.push(entry);
      written.push(`audit ${entry.kind}`);
    },
    putApproval: async ({ specifier }: Approval) => void written.push(`decision ${specifier}`),
    setStatus: async (_: string, versions: readonly string[], status: string) => {
      written.push(`${status} ${versions.join(' ')}`);
      return {
        changed: versions.filter((one) => one !== given.failAt),
        failed: given.failAt ? { [given.failAt]: 'no' } : {},
      };
    },
  } as unknown as DecisionPorts['records'];
  const firewall = async () =>
    ({
      assess: async (_: string, version: string) => ({
        verdict: given.malware?.includes(version)
          ? { outcome: 'BLOCKED', reasons: [{ text: 'Known malware: MAL-1' }] }
          : { outcome: 'ALLOWED', reasons: [] },
      }),
      close: async () => {},
    }) as unknown as Awaited<ReturnType<DecisionPorts['firewall']>>;
  const run = (specs: readonly string[], change: Partial<DecisionRequest> = {}) =>
    makeDecisions(
      {
        ...{ kind: 'approve', specs: specs.map(parseSpec), reason: 'read it', end: {}, evenMalware: false },
        changesRepository: false,
        ...change,
      },
      {
        ...{ records, firewall, userName: 'lea@b', now: () => now },
        notes: { indexes: [], approvals: { selfApproval: given.selfApproval ?? true } },
        unique: () => {
          count += 1;
          return `${count}`.padStart(20, '0');
        },
        onStep: (text) => void steps.push(text),
      },
    );
  return { run, written, entries, steps, records };
}

describe('decisions', () => {
  test('are written one by one, each after its audit entry with who, from where, before and after', async () => {
    const { run, written, entries, steps } = system({});
    const { results } = await run(['demo>=1', 'other'], { kind: 'deny' });
    expect(results.map(({ decision }) => `${decision.name}${decision.specifier}`)).toEqual(['demo>=1', 'other']);
    expect(written.toSorted()).toEqual(['audit decision', 'audit decision', 'decision ', 'decision >=1']);
    expect(written[0]).toBe('audit decision');
    expect(entries[0]).toMatchObject({
      actor: { by: 'lea@b', identity: 'arn:aws:sts::1:assumed-role/x', from: 'b' },
      before: null,
      after: { kind: 'deny', reason: 'read it' },
    });
    expect(steps).toEqual(['denied demo>=1', 'denied other']);
  });

  test('are not written at all if one of them is refused', async () => {
    const { run, written } = system({ holds: [hold('1.0', 'kim@a', 'Known malware: MAL-1')] });
    await expect(run(['other>1', 'demo==1.0'])).rejects.toMatchObject({ code: 'approval-of-malware', exit: 'blocked' });
    expect(written).toEqual([]);
    await run(['demo==1.0'], { evenMalware: true });
    expect(written).toContain('decision ==1.0');
  });

  test('about malware that no record knows are refused, too', async () => {
    const { run, written } = system({ malware: ['6.6'] });
    await expect(run(['demo==6.6'])).rejects.toMatchObject({ code: 'approval-of-malware' });
    await run(['demo==1.0']);
    expect(written).toEqual(['audit decision', 'decision ==1.0']);
  });

  test('about several versions leave the malware out and name it', async () => {
    const { run } = system({ holds: [hold('1.0', 'kim@a', 'Known malware: MAL-1'), hold('2.0', 'kim@a')] });
    expect((await run(['demo'])).results[0]?.malware).toEqual(['1.0']);
  });

  test('about an own request are refused if the policy says so, whatever machine it came from', async () => {
    const holds = [hold('1.0', 'lea@other'), hold('2.0', 'kim@a')];
    const strict = system({ holds, selfApproval: false });
    await expect(strict.run(['demo==1.0'])).rejects.toMatchObject({ code: 'self-approval', exit: 'blocked' });
    await expect(strict.run(['demo'])).rejects.toMatchObject({ code: 'self-approval' });
    expect((await strict.run(['demo==2.0'])).results).toHaveLength(1);
    expect((await system({ holds }).run(['demo==1.0'])).results).toHaveLength(1);
  });

  test('name what is still in the repository, and archive it on demand', async () => {
    const releases = [
      { version: '1.0', status: 'SECURE' },
      { version: '1.1', status: 'HELD', wasSecure: true },
      { version: '2.0', status: 'SECURE' },
      { version: '1.2', status: 'BLOCKED' },
    ] as const;
    const denied = await system({ releases }).run(['demo<2'], { kind: 'deny' });
    expect(denied.results[0]?.stillInRepository).toEqual(['1.0', '1.1']);
    const removal = system({ releases, failAt: '1.1' });
    const removed = await removal.run(['demo<2'], { kind: 'deny', changesRepository: true });
    expect(removed.results[0]).toMatchObject({
      stillInRepository: ['1.1'],
      repository: { changed: ['1.0'], failed: { '1.1': 'no' } },
    });
    expect(removal.written).toEqual(['audit decision', 'decision <2', 'Archived 1.0 1.1', 'audit archive']);
    expect(removal.entries[1]).toMatchObject({ after: { versions: ['1.0'], status: 'Archived' } });
  });
});

test('the releases of a request are those that stop it', async () => {
  const { records } = system({ holds: [hold('1.0', 'kim@a')] });
  expect(await specsOfRequest(records, 'r'.repeat(32))).toEqual(['demo==1.0']);
  const refusals = ['1.0', '3.0'].map((version) => ({
    ...{ name, version, kind: 'HELD' as const, reasons: [], similarPackages: [], fatal: version === '3.0' },
  }));
  const known = { ...records, readRequest: async () => recordOf({ refusals }) };
  expect(await specsOfRequest(known, 'x')).toEqual(['demo==3.0']);
  await expect(specsOfRequest(records, 'x')).rejects.toMatchObject({ code: 'request-unknown' });
});

test('a file of releases may have comments, hashes and line breaks, but no other option', () => {
  const text = 'one==1 # why\r\n\n# all\ntwo==2 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\n';
  expect(readSpecLines(text, 'f')).toEqual(['one==1', 'two==2']);
  expect(() => readSpecLines('-r other.txt', 'f')).toThrow(expect.objectContaining({ code: 'spec-file-invalid' }));
});

test('a length of time has a unit', () => {
  expect([readSpan('12h'), readSpan('7d'), readSpan('2w')]).toEqual([day / 2, 7 * day, 14 * day]);
  for (const text of ['', '7', '0d', 'd', '7 d', '-1d', '1e9d'])
    expect(() => readSpan(text)).toThrow(expect.objectContaining({ code: 'span-invalid' }));
});
