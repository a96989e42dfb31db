import { each } from '../each.ts';
import { normaliseName } from '../index/names.ts';
import { parseRequirement } from '../index/requirement.ts';
import type { InstallPorts } from '../install/types.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { Refusal } from '../vetting/types.ts';
import { olderPythons, otherPlatforms } from './platforms.ts';

type Vet = InstallPorts['vet'];

/** What a lock file pins binds, unless that leaves no solution: the lock may be older than what it is asked for. */
export function withoutPinsIfNeedBe(vet: Vet, pins: readonly string[]): Vet {
  if (pins.length === 0) return vet;
  return async (ask, since, quietly) => {
    const answer = await vet(ask, since, quietly);
    const unbound = fatalCauses(answer).some((because) => because === 'constraint' || because === 'conflict');
    if (!unbound) return answer;
    return vet(
      { ...ask, constraints: ask.constraints.filter((constraint) => !pins.includes(constraint)) },
      since,
      quietly,
    );
  };
}

/** What has no file for this platform is looked for on others: a lock file is made for all of them. */
export function forEveryPlatform(vet: Vet): Vet {
  return async (ask, since, quietly) => {
    const answer = await vet(ask, since, quietly);
    const causes = fatalCauses(answer);
    if (causes.length === 0 || causes.some((because) => because !== 'no-file')) return answer;
    const absent = new Set(fatal(answer).map(({ name }) => name));
    const [there, elsewhere] = [false, true].map((wanted) =>
      ask.roots.filter((root) => absent.has(normaliseName(parseRequirement(root)?.name ?? '')) === wanted),
    );
    if (elsewhere === undefined || elsewhere.length === 0) return answer; // what needs it is fetched first
    let found: VettingOutcome = answer;
    for (const environment of otherPlatforms(ask.environment)) {
      found = await vet({ ...ask, roots: elsewhere, environment }, since, quietly);
      if (found.kind === 'secure') break;
    }
    if (found.kind !== 'secure') return answer;
    return there === undefined || there.length === 0 ? found : vet({ ...ask, roots: there }, since, quietly);
  };
}

/** Requests under way at a time, on behalf of other Pythons and platforms. */
const atOnce = 5;

/**
 * A lock file is made for every Python that a project supports and for every platform. As that is seldom missing, it is
 * asked for only once all that this Python needs here is vetted and the tool still finds something missing: first for
 * the older Pythons, then for other platforms.
 */
export function widening(vet: Vet, requiresPython: string): Required<Pick<InstallPorts, 'vet' | 'widen'>> {
  let width = 0;
  return {
    widen: () => {
      width += 1;
      return width <= 2;
    },
    vet: async (ask, since, quietly) => {
      const answer = await vet(ask, since, quietly);
      if (width === 0 || answer.kind !== 'secure') return answer;
      const older = olderPythons(ask.environment, requiresPython);
      const others = width === 1 ? older : [ask.environment, ...older].flatMap(otherPlatforms);
      const answers = await each(others, atOnce, (environment) => vet({ ...ask, environment }, since, true));
      // What nobody has for them may not be needed; what policy refuses is.
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
