import { AwspipError } from '../../errors.ts';
import { isProjectName } from '../../index/names.ts';
import type { RequestRelease } from '../../vetting/types.ts';
import { type Batch, batchesOf, needsWork } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { readInput } from '../input.ts';
import { knownTo } from '../known-verdicts.ts';
import { touch, underLease } from '../lease.ts';
import type { ResolverAnswer, WorkflowPorts } from '../ports.ts';
import { boundRefusals } from '../refusals.ts';

type Payload = { readonly request: unknown; readonly claim: Claim; readonly round: number };

export type Plan = {
  readonly round: number;
  readonly next: 'vet' | 'conclude';
  readonly outcome: ResolverAnswer['outcome'];
  readonly batches: readonly Batch[];
};

/** Walks the closure with what is refused so far, writes down which releases it takes, and cuts the work in batches. */
export const resolveTask =
  (ports: WorkflowPorts) =>
  async ({ request, claim, round: before }: Payload): Promise<Plan> => {
    const input = readInput(request, ports.environmentOf);
    if (input === undefined) throw new Error('an event about no project was claimed');
    await touch(ports, claim, { step: 'resolve' });
    const answer = await underLease(ports, claim, [], () =>
      ports.resolve({ request: input.ask, ...knownTo(ports, claim) }),
    );
    const round = before + 1;
    const { outcome } = answer;
    const refusals = boundRefusals(answer.refusals);
    if (outcome !== 'solved') {
      await touch(ports, claim, refusals);
      return { round, next: 'conclude', outcome, batches: [] };
    }
    const releases = answer.releases.map(checked).map((chosen): RequestRelease => {
      const { name, version, uploadTime } = chosen;
      const digests = Object.entries(chosen.sha256).map(([filename, hex]) => [filename, hex.toLowerCase()]);
      return { name, version, sha256: Object.fromEntries(digests), uploadTime, execution: claim.execution, round };
    });
    await ports.store.putRequestReleases(claim.requestId, releases);
    const records = await ports.store.readReleases(releases);
    const work = releases.filter((release, at) => needsWork({ release, record: records[at] }, claim.execution));
    const counts = { releases: releases.length, secure: releases.length - work.length };
    await touch(ports, claim, { ...refusals, counts });
    return { round, next: 'vet', outcome, batches: batchesOf(work) };
  };

/** A release as it may become a key: a project name and a version of the alphabet of PEP 440. */
function checked(release: ResolverAnswer['releases'][number]) {
  const { name, version } = release;
  if (isProjectName(name) && version.length <= 255 && /^[a-z0-9.!+_-]+$/i.test(version)) return release;
  throw new AwspipError('bad-release', `upstream lists ${JSON.stringify(`${name} ${version}`.slice(0, 300))}`, {
    exit: 'unavailable',
  });
}
