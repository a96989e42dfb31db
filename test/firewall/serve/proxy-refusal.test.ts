import { expect, test } from 'vitest';
import { proxyRefusal } from '../../../src/firewall/serve/proxy-refusal.ts';
import type { Assessment } from '../../../src/firewall/types.ts';
import { normaliseName } from '../../../src/index/names.ts';

test('the reasons of a refusal have points with one sign', () => {
  const assessment = {
    name: normaliseName('demo'),
    version: '1.0',
    verdict: {
      outcome: 'BLOCKED',
      level: 'Red',
      score: { min: 30, max: 30 },
      reasons: [
        { text: 'Few downloads', points: 40 },
        { text: 'Long history', points: -10 },
        { text: 'No effect', points: 0 },
        { text: 'Block list' },
      ],
      similarPackages: [],
      policyVersion: 'ours-1',
      findings: [],
    },
    signals: {},
  } as unknown as Assessment;
  expect(proxyRefusal(assessment).reasons).toEqual([
    'Few downloads (+40 points)',
    'Long history (-10 points)',
    'No effect (+0 points)',
    'Block list',
  ]);
});
