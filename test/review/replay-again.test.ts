import { expect, test } from 'vitest';
import { loadPolicy } from '../../src/firewall/policy-file.ts';
import type { Signals } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { type AskAgain, type JudgedRelease, replay, replayAgain } from '../../src/review/replay.ts';
import { harmless, known, now } from '../firewall/facts.ts';

const name = normaliseName('example');
const { licence: _, attested: __, ...older } = harmless;
const ranked: Signals = { ...older, rank: 9, downloads: known(1_000, { lowerBound: true }) };

const release = (signals: Signals): JudgedRelease => ({
  name,
  version: '1.0',
  updatedAt: new Date(now).toISOString(),
  evidence: { signals, verdict: { outcome: 'ALLOWED', score: { min: 0, max: 0 }, reasons: [], findings: [] } },
});

const asking = (signals: Signals | undefined): { calls: string[]; open: () => Promise<AskAgain> } => {
  const calls: string[] = [];
  const ask = async (project: string, version: string) => {
    calls.push(`${project} ${version}`);
    if (signals === undefined) throw new Error('no network');
    return signals;
  };
  return { calls, open: async () => ({ ask, close: async () => void calls.push('closed') }) };
};

const manyDownloads = loadPolicy('{"name":"x","rules":[{"signal":"downloads","below":5000,"points":50}]}');
const licences = loadPolicy(
  'name: x\ngates:\n  - { name: licence, when: licence != "MIT", does: hold, text: Licence, unknown: { ranked: hold, unranked: hold } }',
);

test('a replay asks again for downloads of which the evidence has only a bound', async () => {
  const { calls, open } = asking({ ...ranked, downloads: known(90_000) });
  const result = await replayAgain([release(ranked)], manyDownloads, () => [], open);
  expect(result).toMatchObject({ asked: 1, changes: [], notRecorded: [] });
  expect(calls).toEqual(['example 1.0', 'closed']);
  const few = asking({ ...ranked, downloads: known(1_200) });
  expect((await replayAgain([release(ranked)], manyDownloads, () => [], few.open)).changes).toMatchObject([
    { after: { outcome: 'BLOCKED' } },
  ]);
});

test('a replay asks nothing if the evidence is enough', async () => {
  const { calls, open } = asking(undefined);
  const enough = loadPolicy('{"name":"x","rules":[{"signal":"downloads","below":900,"points":50}]}');
  await replayAgain([release(ranked)], enough, () => [], open);
  expect(calls).toEqual([]);
});

test('a signal that older evidence lacks and no source has is not recorded', async () => {
  const { open } = asking(undefined);
  const result = await replayAgain([release(ranked)], licences, () => [], open);
  expect(result).toMatchObject({ asked: 0, notRecorded: [{ name, version: '1.0', signals: ['licence'] }] });
  const [change] = replay([release(ranked)], licences, () => []).changes;
  expect(change?.after.reasons).toEqual([
    { text: 'Licence unknown: no `licence`, because the evidence does not contain it (not recorded)' },
  ]);
});

test('a replay keeps what the evidence has, although a source says something else now', async () => {
  const { open } = asking({ ...ranked, stars: known(0), downloads: known(90_000), licence: known('MIT') });
  const both = loadPolicy(
    'name: x\nrules: [{ signal: stars, below: 30, points: 50 }]\ngates:\n  - { name: licence, when: licence != "MIT", does: hold, text: Licence }',
  );
  expect(await replayAgain([release(ranked)], both, () => [], open)).toMatchObject({ changes: [] });
});
