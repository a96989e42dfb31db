import type { InstallPorts } from '../install/types.ts';
import { olderPythons, otherPlatforms } from '../installers/platforms.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { Refusal } from '../vetting/types.ts';
import { rootsOf } from './vet-allowed-rest.ts';

type Vet = InstallPorts['vet'];

/**
 * Returns a `vet` that vets the roots without a file for this Python and platform for other platforms and older Pythons,
 * because a lock file covers them all. Different roots may be for different ones. `vet` goes on without roots that may
 * not be installed.
 */
export function vetOtherPlatforms(vet: Vet): Vet {
  return async (request, since, quietly) => {
    const first = await vet(request, since, quietly);
    const { environment } = request;
    let missing = withoutFile(first);
    const refusals = first.record.refusals.filter((refusal) => !missing.includes(refusal));
    for (const other of [...otherPlatforms(environment), ...olderPythons(environment, '')]) {
      const roots = rootsOf(request.roots, missing);
      if (roots.length === 0) break;
      const answer = await vet({ ...request, roots, environment: other }, since, quietly);
      if (answer.kind === 'error' || answer.kind === 'still-running') return answer;
      missing = withoutFile(answer);
      refusals.push(...answer.record.refusals.filter((refusal) => !missing.includes(refusal)));
    }
    if (first.kind !== 'refused') return first;
    const all = [...refusals, ...missing];
    const kind = all.some(({ fatal }) => fatal) ? 'refused' : 'secure';
    return { ...first, kind, record: { ...first.record, refusals: all } };
  };
}

function withoutFile({ kind, record }: VettingOutcome): readonly Refusal[] {
  return kind === 'refused' ? record.refusals.filter(({ fatal, because }) => fatal && because === 'no-file') : [];
}
