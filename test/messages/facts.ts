import type { Signals, Verdict } from '../../src/firewall/types.ts';

export const judgedAt = '2026-11-20T00:00:00.000Z';

type Given = { readonly downloads?: number; readonly stars?: number };

/** Returns evidence as the workflow records it; by default of an old and harmless release. */
export function facts({ downloads = 1_000_000, stars = 5_000 }: Given, outcome: Verdict['outcome']) {
  const known = <T>(value: T) => ({ known: true, value, source: 'test', fetchedAt: judgedAt }) as const;
  const signals: Signals = {
    downloads: known(downloads),
    stars: known(stars),
    versionsCount: known(2),
    lastModified: known('2020-01-01T00:00:00Z'),
    releasedAt: known('2020-01-01T00:00:00Z'),
    malware: known([]),
    projectStatus: known('active'),
    installCode: known([]),
    firstReleasedAt: known('2019-12-01T00:00:00Z'),
    repository: known({ state: 'fits', declared: 'owner/demo' }),
    rank: null,
    similar: [],
  };
  const verdict: Verdict = {
    outcome,
    level: outcome === 'ALLOWED' ? 'Green' : outcome === 'HELD' ? 'Yellow' : 'Red',
    score: outcome === 'ALLOWED' ? { min: 20, max: 20 } : { min: 50, max: 50 },
    reasons: [],
    similarPackages: [],
    policyVersion: 'recommended-00000000',
    findings: [],
  };
  return { signals, verdict, judgedAt };
}
