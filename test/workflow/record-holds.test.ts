import { expect, test } from 'vitest';
import type { Refusal, RequestRelease } from '../../src/vetting/types.ts';
import { holdRequests } from '../../src/workflow/record-holds.ts';
import { release } from '../vetting/examples.ts';

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
    ...{ by: 'kim@a', requestId: 'r1', roots: ['app'], neededBy: [], reason: 'for the report' },
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
