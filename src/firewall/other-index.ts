import { indexOf } from '../index/named-indexes.ts';
import { normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';
import { type Popularity, popularity } from './names/popularity.ts';
import type { Policy, Rule } from './policy.ts';
import type { Finding, Signal } from './types.ts';

/**
 * Returns the ranks and similar names under a policy. A name of another index has none: it may be another project than
 * the one of that name on PyPI, and the policy says that it is meant.
 */
export function popularityUnder(
  policy: Pick<Policy, 'protected' | 'indexes'>,
  known: Popularity = popularity(policy.protected),
): Popularity {
  if (policy.indexes.length === 0) return known;
  const isElsewhere = (name: string): boolean => indexOf(normaliseName(name), policy.indexes) !== undefined;
  return {
    rankOf: (name) => (isElsewhere(name) ? null : known.rankOf(name)),
    similar: (name) => (isElsewhere(name) ? [] : known.similar(name)),
    contained: (name) => (isElsewhere(name) ? [] : known.contained(name)),
  };
}

/** Returns the names of popular projects that are similar to a name, the most similar three. */
export function nearestNames({ similar }: Pick<Popularity, 'similar'>, name: ProjectName): readonly string[] {
  return similar(name)
    .slice(0, 3)
    .map(({ target }) => target);
}

const pypiRules: readonly Rule['signal'][] = ['downloads', 'stars', 'similarNames', 'established'];

/**
 * Returns a policy for a name of another index, without the rules and gates whose signals only exist for projects on
 * PyPI. What the index itself shows stays: the age of the release, its files and their code, yanked files, the status.
 */
export function withoutPypi(policy: Policy): Policy {
  const { gates } = policy;
  const off = <Gate extends object>(gate: Gate): Gate & { enabled: boolean } => ({ ...gate, enabled: false });
  return {
    ...policy,
    rules: policy.rules.filter(({ signal }) => !pypiRules.includes(signal)).map(ignoringUnknown),
    gates: {
      ...gates,
      malware: off(gates.malware),
      newProject: off(gates.newProject),
      similarName: off(gates.similarName),
      freshAndBare: off(gates.freshAndBare),
      borrowedRepository: off(gates.borrowedRepository),
      vulnerabilities: off(gates.vulnerabilities),
      archivedRepository: off(gates.archivedRepository),
      missingRepository: off(gates.missingRepository),
      mismatchedRepository: off(gates.mismatchedRepository),
      unattested: off(gates.unattested),
    },
  };
}

/** A signal that the index lacks would never become known. */
function ignoringUnknown(rule: Rule): Rule {
  return 'unknown' in rule && rule.unknown === 'interval' ? { ...rule, unknown: 'ignored' } : rule;
}

/** Returns the finding that says from which index a release comes. */
export function indexFinding({ value, source, fetchedAt }: Signal<string> & { readonly known: true }): Finding {
  return {
    rule: 'index',
    scope: 'project',
    text: 'Index of this name',
    state: 'quiet',
    signal: 'index',
    value,
    source,
    fetchedAt,
    note: 'signals of PyPI do not apply',
  };
}
