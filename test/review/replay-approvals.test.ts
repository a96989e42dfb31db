import { expect, test } from 'vitest';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import { normaliseName } from '../../src/index/names.ts';
import { replayRecords } from '../../src/review/replay-records.ts';
import type { Approval, ReleaseRecord, RequestRecord } from '../../src/vetting/types.ts';
import { harmless, known, now } from '../firewall/facts.ts';

const name = normaliseName('example');
const updatedAt = new Date(now).toISOString();
const strict = loadPolicy('{"name":"x","rules":[{"signal":"downloads","below":5000,"points":50}]}');
const approval: Approval = {
  ...{ id: 'd1', name, specifier: '==1.0', kind: 'approve', reason: 'read it', owner: 'lea' },
  createdAt: updatedAt,
};

/** Replays one release that observe mode allowed, and the vetting that asked for it. */
function replayed(decisions: readonly Approval[], malware: readonly string[] = []) {
  const verdict = { outcome: 'ALLOWED', score: { min: 0, max: 0 }, reasons: [], findings: [] };
  const signals = { ...harmless, downloads: known(12), malware: known(malware) };
  const records: Parameters<typeof replayRecords>[0] = {
    listByStatus: async (status) => ({
      releases: status === 'SECURE' ? [{ name, version: '1.0', updatedAt } as ReleaseRecord] : [],
      requests: status === 'SECURE' ? [{ requestId: 'r1', execution: 'r1-1' } as RequestRecord] : [],
    }),
    readEvidence: async () => ({ signals, verdict }),
    requestReleases: async () => [
      { name, version: '1.0', sha256: {}, execution: 'r1-1', round: 1, requiredBy: [] } as never,
    ],
    approvalsOf: async () => decisions,
  };
  return replayRecords(records, strict, async () => Promise.reject(new Error('no source is needed')), now);
}

test('a release that observe mode allowed and nobody approved would have stopped its vetting', async () => {
  expect(await replayed([])).toMatchObject({ changes: [{ approved: false }], vettings: { total: 1, stopped: 1 } });
});

test('a release that somebody approved after its verdict counts as allowed', async () => {
  expect(await replayed([approval])).toMatchObject({ changes: [{ approved: true }], vettings: { stopped: 0 } });
});

test.each<[string, Partial<Approval>, readonly string[]]>([
  ['has expired', { expiresAt: updatedAt }, []],
  ['is about another version', { specifier: '==2.0' }, []],
  ['is a denial', { kind: 'deny' }, []],
  ['does not cover known malware', {}, ['MAL-2026-1']],
])('a decision that %s allows nothing', async (_, change, malware) => {
  expect(await replayed([{ ...approval, ...change }], malware)).toMatchObject({
    changes: [{ approved: false }],
    vettings: { stopped: 1 },
  });
});
