import type { TargetEnvironment } from '../index/types.ts';
import type { InstallPorts, Report } from '../install/types.ts';
import { lastPerRelease, vetAll } from '../install/vet-round.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { FileRequest } from './read-requirement-file.ts';
import type { VetOutcome } from './types.ts';

/** The deployment that vets, and the interpreter that the requirements are for. */
export type VetPorts = Pick<InstallPorts, 'vet' | 'releasesOf'> & { readonly environment: TargetEnvironment };

type Round = Pick<FileRequest, 'roots' | 'buildRoots' | 'constraints' | 'options' | 'target'>;

/** Vets requirements, and waits for it. `reason`: why they are asked for. */
export async function vetRequest(
  round: Round,
  { vet, releasesOf, environment }: VetPorts,
  {
    report,
    reason,
    now,
  }: { readonly report: Report; readonly reason?: string | undefined; readonly now: () => number },
): Promise<Pick<VetOutcome, 'answer' | 'releases'>> {
  const startedAt = now();
  const ids = new Set<string>();
  let vetted = 0;
  const { roots, buildRoots, constraints, options, target } = round;
  const answer = await vetAll(
    { ...{ roots, buildRoots, constraints, options, target, environment }, missing: [] },
    (request, quietly) => vet({ ...request, reason }, startedAt, quietly),
    ({ record }: VettingOutcome) => {
      ids.add(record.requestId);
      vetted += record.counts.secure;
    },
  );
  report({ code: 'vetting-ends', answer, vetted, seconds: (now() - startedAt) / 1000 });
  const releases = await Promise.all([...ids].map((id) => releasesOf(id)));
  return { answer, releases: lastPerRelease(releases.flat()) };
}
