import type { PackageCheck } from '../package-check.ts';
import { pointsText } from '../points-text.ts';
import type { Assessment } from '../types.ts';

/** The response body of the registry proxy for a release that is blocked or on hold. */
export type ProxyRefusal = {
  readonly error: string;
  readonly outcome: 'HELD' | 'BLOCKED';
  readonly package_name: string;
  readonly version: string | null;
  readonly reasons: readonly string[];
  readonly score: PackageCheck['score'];
  readonly similar_packages: readonly string[];
  readonly held_until?: string | undefined;
  readonly policy_version: string;
  /** Whom to ask, as the policy says. */
  readonly contact?: string | undefined;
  /** A command that explains the verdict. */
  readonly hint: string;
};

const maxPhraseLength = 240;

/** Returns the response body for a release that is not allowed. pip shows `error` to the user as its last line. */
export function proxyRefusal({ verdict, name, version }: Assessment, contact?: string): ProxyRefusal {
  const reasons = verdict.reasons.map(({ text, points }) =>
    points === undefined ? text : `${text} (${pointsText(points)} points)`,
  );
  const release = version === null ? name : `${name} ${version}`;
  const until = verdict.heldUntil === undefined ? '' : ` until ${verdict.heldUntil}`;
  const decision =
    verdict.outcome === 'BLOCKED' ? `awspip blocked ${release}` : `awspip put ${release} on hold${until}`;
  const similar = verdict.similarPackages.slice(0, 3);
  const suggestion = similar.length === 0 ? '' : `; did you mean ${similar.join(' or ')}?`;
  return {
    error: `${decision}: ${reasons.join(', ')}${suggestion}${contact === undefined ? '' : `; contact: ${contact}`}`,
    outcome: verdict.outcome === 'BLOCKED' ? 'BLOCKED' : 'HELD',
    package_name: name,
    version,
    reasons,
    score: verdict.score.max,
    similar_packages: verdict.similarPackages,
    held_until: verdict.heldUntil,
    policy_version: verdict.policyVersion,
    contact,
    hint: `awspip explain ${name}${version === null ? '' : `==${version}`}`,
  };
}

/** Returns the text as a reason phrase (RFC 9112, section 4). Line ends would end the status line, so only ASCII is kept. */
export function reasonPhrase(text: string): string {
  const ascii = text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
  return ascii.length > maxPhraseLength ? `${ascii.slice(0, maxPhraseLength)}...` : ascii;
}
