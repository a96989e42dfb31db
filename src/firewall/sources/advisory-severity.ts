import { type SeverityName, severities } from '../severities.ts';
import { asList, asObject, asText, type JsonObject } from './json.ts';

/**
 * Returns the severity that an advisory states: in words, as GHSA does, or as a CVSS 3 vector
 * (https://ossf.github.io/osv-schema/#severity-field). Returns undefined if it states none.
 */
export function severityOf(advisory: JsonObject): SeverityName | undefined {
  const words = [advisory, ...asList(advisory.affected)].map((entry) => {
    const text = asText(asObject(asObject(entry)?.database_specific)?.severity)?.toLowerCase();
    return severities.find((name) => name === (text === 'moderate' ? 'medium' : text));
  });
  const vectors = [advisory, ...asList(advisory.affected)].flatMap((entry) => asList(asObject(entry)?.severity));
  const rated = vectors.map((entry) => rate(cvss3Score(asText(asObject(entry)?.score) ?? '')));
  return [...words, ...rated].reduce<SeverityName | undefined>(highestSeverity, undefined);
}

/** Returns the higher of two severities. */
export function highestSeverity(a: SeverityName | undefined, b: SeverityName | undefined): SeverityName | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return severities.indexOf(a) >= severities.indexOf(b) ? a : b;
}

/** Returns the rating of a score (https://www.first.org/cvss/v3.1/specification-document, section 5). */
function rate(score: number | undefined): SeverityName | undefined {
  if (score === undefined) return undefined;
  if (score === 0) return 'none';
  if (score < 4) return 'low';
  if (score < 7) return 'medium';
  return score < 9 ? 'high' : 'critical';
}

/** The weights of the base metrics (section 7.4). `PR` has other weights if the scope changes. */
const weights = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  PR: { N: 0.85, L: 0.62, H: 0.27 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
} as const;
const changedPrivileges: Readonly<Record<string, number>> = { N: 0.85, L: 0.68, H: 0.5 };

/** Returns the base score of a CVSS 3 vector, 0 to 10 (section 7.1); undefined for anything else. */
function cvss3Score(vector: string): number | undefined {
  if (vector.length > 200 || !/^CVSS:3\.[01]\//.test(vector)) return undefined;
  const metrics = new Map(vector.split('/').map((part) => part.split(':') as [string, string]));
  const scope = metrics.get('S');
  const values = Object.entries(weights).map(([metric, table]) => {
    const letter = metrics.get(metric) ?? '';
    if (metric === 'PR' && scope === 'C') return changedPrivileges[letter];
    return (table as Readonly<Record<string, number>>)[letter];
  });
  if (values.includes(undefined) || (scope !== 'U' && scope !== 'C')) return undefined;
  const [av = 0, ac = 0, pr = 0, ui = 0, c = 0, i = 0, a = 0] = values;
  const base = 1 - (1 - c) * (1 - i) * (1 - a);
  const impact = scope === 'U' ? 6.42 * base : 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15;
  if (impact <= 0) return 0;
  const exploitability = 8.22 * av * ac * pr * ui;
  return roundUp(Math.min((scope === 'U' ? 1 : 1.08) * (impact + exploitability), 10));
}

/** Rounds up to one decimal without errors of floating point (appendix A). */
function roundUp(score: number): number {
  const scaled = Math.round(score * 100_000);
  return scaled % 10_000 === 0 ? scaled / 100_000 : (Math.floor(scaled / 10_000) + 1) / 10;
}
