import type { PackageCheck } from '../api-answer.ts';
import type { Assessment } from '../types.ts';

/** A refused release as the registry proxy answers it. */
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
  /** A command to type. */
  readonly hint: string;
};

const maxPhraseLength = 240;

/** Why a release is refused, for people who have nothing but pip's last line. */
export function proxyRefusal({ verdict, name, version }: Assessment): ProxyRefusal {
  const reasons = verdict.reasons.map(({ text, points }) =>
    points === undefined ? text : `${text} (+${points} points)`,
  );
  const does = verdict.outcome === 'BLOCKED' ? 'blocked' : 'held';
  const until = verdict.heldUntil === undefined ? '' : ` until ${verdict.heldUntil}`;
  const similar = verdict.similarPackages.slice(0, 3);
  const meant = similar.length === 0 ? '' : `; did you mean ${similar.join(' or ')}?`;
  return {
    error: `awspip ${does} ${name} ${version ?? ''}${until}: ${reasons.join(', ')}${meant}`,
    outcome: verdict.outcome === 'BLOCKED' ? 'BLOCKED' : 'HELD',
    package_name: name,
    version,
    reasons,
    score: verdict.score.max,
    similar_packages: verdict.similarPackages,
    held_until: verdict.heldUntil,
    policy_version: verdict.policyVersion,
    hint: `awspip explain ${name}${version === null ? '' : `==${version}`}`,
  };
}

/** As a reason phrase (RFC 9112, 4): what is not plain text would end the status line. */
export function reasonPhrase(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
  return plain.length > maxPhraseLength ? `${plain.slice(0, maxPhraseLength)}...` : plain;
}
