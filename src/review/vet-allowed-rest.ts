import { normaliseName } from '../index/names.ts';
import { parseRequirement } from '../index/requirement.ts';
import { satisfies } from '../index/versions.ts';
import type { InstallPorts } from '../install/types.ts';
import type { Refusal } from '../vetting/types.ts';

type Vet = InstallPorts['vet'];

/** Each round removes at least one root. A request with more problems than this is a matter for people. */
const maxRounds = 10;

/**
 * Returns a `vet` that goes on without the roots that may not be installed, so that one blocked release doesn't keep the
 * others of its file out of the vetted repository. The answer has the refusals of all rounds.
 */
export function vetAllowedRest(vet: Vet): Vet {
  return async (request, since, quietly) => {
    const first = await vet(request, since, quietly);
    const refusals = [...first.record.refusals];
    let roots = request.roots;
    let answer = first;
    for (let round = 0; round < maxRounds && answer.kind === 'refused'; round += 1) {
      const fatal = answer.record.refusals.filter((refusal) => refusal.fatal);
      const stopped = new Set(rootsOf(roots, fatal));
      const left = roots.filter((root) => !stopped.has(root));
      if (left.length === 0 || left.length === roots.length) break;
      roots = left;
      answer = await vet({ ...request, roots }, since, quietly);
      refusals.push(...answer.record.refusals.filter((refusal) => !refusals.some((known) => isSame(known, refusal))));
    }
    if (first.kind !== 'refused' || answer === first) return first;
    // A failure or a wait that ran out concerns the rest, and is not a verdict.
    return answer.kind === 'error' || answer.kind === 'still-running'
      ? { ...answer, record: { ...answer.record, refusals } }
      : { ...first, record: { ...first.record, refusals } };
  };
}

/**
 * Returns the roots that refusals are about, or that need what they are about. Of several pins of one project, only that of
 * the refused version.
 */
export function rootsOf(roots: readonly string[], refusals: readonly Refusal[]): readonly string[] {
  return roots.filter((root) => {
    const requirement = parseRequirement(root);
    return refusals.some(({ name, version, neededBy }) => {
      if (requirement === undefined || requirement.name !== normaliseName(neededBy ?? name)) return false;
      const isOtherPin = neededBy === undefined && version !== null && /^==[^*,]+$/.test(requirement.specifier);
      return !isOtherPin || satisfies(version, requirement.specifier, { prereleases: true });
    });
  });
}

type Subject = {
  readonly name: string;
  readonly version: string | null;
  readonly kind: string;
  readonly fatal: boolean;
};

function isSame(one: Subject, other: Subject): boolean {
  return (
    one.name === other.name && one.version === other.version && one.kind === other.kind && one.fatal === other.fatal
  );
}
