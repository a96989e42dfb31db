import { normaliseName } from '../index/names.ts';
import { parseRequirement } from '../index/requirement.ts';
import type { InstallPorts } from '../install/types.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { Refusal } from '../vetting/types.ts';
import { olderPythons, otherPlatforms } from './platforms.ts';

type Vet = InstallPorts['vet'];

/**
 * Returns a `vet` that keeps the pins of a lock file as constraints, and drops them if there is no solution. The lock
 * file may be older than the requirements.
 */
export function vetWithPins(vet: Vet, pins: readonly string[]): Vet {
  if (pins.length === 0) return vet;
  return async (request, since, quietly) => {
    const answer = await vet(request, since, quietly);
    const isOverconstrained = fatalCauses(answer).some((because) => because === 'constraint' || because === 'conflict');
    if (!isOverconstrained) return answer;
    const constraints = request.constraints.filter((constraint) => !pins.includes(constraint));
    return vet({ ...request, constraints }, since, quietly);
  };
}

/**
 * Returns a `vet` that vets requirements without a file for this platform for other platforms, because a lock file
 * covers all platforms.
 */
export function vetForAllPlatforms(vet: Vet): Vet {
  return async (request, since, quietly) => {
    const answer = await vet(request, since, quietly);
    const causes = fatalCauses(answer);
    if (causes.length === 0 || causes.some((because) => because !== 'no-file')) return answer;
    const unavailable = new Set(fatal(answer).map(({ name }) => name));
    const isUnavailable = (root: string) => unavailable.has(normaliseName(parseRequirement(root)?.name ?? ''));
    const elsewhere = request.roots.filter(isUnavailable);
    const here = request.roots.filter((root) => !isUnavailable(root));
    if (elsewhere.length === 0) return answer; // A dependency is unavailable, and not a root.
    let found: VettingOutcome = answer;
    for (const environment of otherPlatforms(request.environment)) {
      found = await vet({ ...request, roots: elsewhere, environment }, since, quietly);
      if (found.kind === 'secure') break;
    }
    if (found.kind !== 'secure') return answer;
    return here.length === 0 ? found : vet({ ...request, roots: here }, since, quietly);
  };
}

/** The number of concurrent requests for other Pythons and platforms. */
const maxConcurrent = 5;

/**
 * Returns ports that vet a lock file for all Pythons of the project and all platforms, in steps.
 *
 * Other Pythons and platforms rarely need other releases. They are requested only if everything that this Python needs
 * is vetted and the installer still misses something. Older Pythons come first, then other platforms.
 */
export function vetInSteps(vet: Vet, requiresPython: string): Required<Pick<InstallPorts, 'vet' | 'widen'>> {
  let step = 0;
  return {
    widen: () => {
      step += 1;
      return step <= 2;
    },
    vet: async (request, since, quietly) => {
      const answer = await vet(request, since, quietly);
      if (step === 0 || answer.kind !== 'secure') return answer;
      const older = olderPythons(request.environment, requiresPython);
      const others = step === 1 ? older : [request.environment, ...older].flatMap(otherPlatforms);
      const answers = await mapConcurrently(others, maxConcurrent, (environment) =>
        vet({ ...request, environment }, since, true),
      );
      // A release that other Pythons or platforms do not have may be unnecessary. A blocked release is an answer.
      return answers.find((other) => fatal(other).some(({ kind }) => kind !== 'NOT_FOUND')) ?? answer;
    },
  };
}

function fatal(answer: VettingOutcome): readonly Refusal[] {
  return answer.kind === 'refused' ? answer.record.refusals.filter((refusal) => refusal.fatal) : [];
}

function fatalCauses(answer: VettingOutcome): readonly Refusal['because'][] {
  return fatal(answer).map(({ kind, because }) => (kind === 'NOT_FOUND' ? because : undefined));
}
