import { expect, test } from 'vitest';
import type { Finding } from '../../src/firewall/types.ts';
import type { Refusal, RequestRelease } from '../../src/vetting/types.ts';
import { holdRequests } from '../../src/workflow/record-holds.ts';
import { verdictFacts } from '../../src/workflow/refusals.ts';
import { release } from '../vetting/examples.ts';
import { verdict } from './prepare-ports.ts';

const refusal = (text: string, change: Partial<Refusal> = {}): Refusal => ({
  ...release(text),
  kind: 'HELD',
  reasons: [{ text: 'Downloads < 300' }],
  similarPackages: [],
  fatal: true,
  ...change,
});
const chosen = (text: string, ...requiredBy: string[]): RequestRelease => ({
  ...{ ...release(text), sha256: {}, execution: 'e-1', round: 1 },
  requiredBy: requiredBy.map(release),
});
const request = { requestId: 'r1', roots: ['app'], requestedBy: 'kim@a', reason: 'for the report' };
const holdsOf = (refusals: readonly Refusal[], releases: readonly RequestRelease[] = []) =>
  holdRequests(request, refusals, releases);

test('only what stops the request becomes a hold, and each release once', () => {
  const holds = holdsOf([
    refusal('a==1'),
    refusal('a==1'),
    refusal('b==1', { fatal: false }),
    refusal('c==1', { kind: 'NOT_FOUND' }),
    refusal('d==1', { kind: 'ERROR' }),
    refusal('e==1', { kind: 'BLOCKED' }),
  ]);
  expect(holds.map(({ name, kind }) => `${name} ${kind}`)).toEqual(['a HELD', 'e BLOCKED']);
  expect(holds[0]?.requester).toEqual({
    ...{ by: 'kim@a', requestIds: ['r1'], roots: ['app'], neededBy: [], reason: 'for the report' },
  });
});

test('a dependency names the releases that need it, nearest first; without a solution, the requirement', () => {
  const [known, unknown] = holdsOf(
    [refusal('a==1', { neededBy: release('app==1').name }), refusal('b==1', { neededBy: release('app==1').name })],
    [chosen('a==1', 'lib==2', 'app==1'), chosen('b==2', 'app==1')],
  );
  expect(known?.requester.neededBy).toEqual([release('lib==2'), release('app==1')]);
  expect(unknown?.requester.neededBy).toEqual([{ name: 'app' }]);
});

test('a release on hold names the sources that did not answer, and a blocked one does not', () => {
  const unknown = (signal: string, source: string, change: object = {}): Finding => ({
    ...{ rule: signal, text: `${signal} unknown`, state: 'unknown', signal, value: null, source },
    ...{ fetchedAt: '2026-01-01T00:00:00Z', points: 20 },
    ...change,
  });
  const findings = [
    unknown('downloads', 'pypistats'),
    unknown('malware', 'OSV', { gate: 'hold', points: undefined }),
    unknown('stars', 'GitHub', { points: 0 }),
    unknown('quarantined', 'PyPI', { gate: 'block', points: undefined }),
    unknown('versions', 'pypistats'),
  ];
  expect(verdictFacts(verdict('HELD', { findings })).unknownSources).toEqual(['pypistats', 'OSV']);
  expect(verdictFacts(verdict('BLOCKED', { findings })).unknownSources).toBeUndefined();
  expect(verdictFacts(verdict('HELD')).unknownSources).toBeUndefined();
});
