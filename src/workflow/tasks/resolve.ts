import { AwspipError } from '../../errors.ts';
import { isProjectName } from '../../index/names.ts';
import { parseRequirement } from '../../index/requirement.ts';
import { noteFreshness } from '../../vetting/freshness.ts';
import type { RequestContent, RequestRelease } from '../../vetting/types.ts';
import { type Batch, batchesOf, releasesToVet } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { readInput } from '../input.ts';
import { renewRequest, withLease } from '../lease.ts';
import type { Resolution, WorkflowPorts } from '../ports.ts';
import { recordHolds } from '../record-holds.ts';
import { recordedVerdicts } from '../recorded-verdicts.ts';
import { limitRefusals } from '../refusals.ts';
import { compareWithRepository } from '../repository-truth.ts';

type Payload = { readonly request: unknown; readonly claim: Claim; readonly round: number };

export type Plan = {
  readonly round: number;
  readonly next: 'vet' | 'conclude';
  readonly outcome: Resolution['outcome'];
  readonly batches: readonly Batch[];
  readonly batchCount: number;
};

/** Resolves the request with the verdicts so far, stores the chosen releases, and divides them into batches. */
export const resolveTask =
  (ports: WorkflowPorts) =>
  async ({ request, claim, round: before }: Payload): Promise<Plan> => {
    const input = readInput(request, ports.environmentOf);
    if (input === undefined) throw new Error('the claimed event names no project');
    const [answer] = await Promise.all([
      withLease(ports, claim, [], () => ports.resolve({ request: input.content, ...recordedVerdicts(ports, claim) })),
      renewRequest(ports, claim, { step: 'resolve' }),
    ]);
    const round = before + 1;
    const { outcome } = answer;
    const refusals = limitRefusals(answer.refusals);
    if (outcome !== 'solved') {
      const { roots, requestedBy, reason } = input.content;
      await recordHolds(ports, { ...claim, roots, requestedBy, reason }, answer.refusals);
      await renewRequest(ports, claim, refusals);
      return { round, next: 'conclude', outcome, batches: [], batchCount: 0 };
    }
    const releases = answer.releases.map(requireValidKey).map((chosen): RequestRelease => {
      const { name, version, uploadTime, file, requiredBy } = chosen;
      const digests = Object.entries(chosen.sha256).map(([filename, hex]) => [filename, hex.toLowerCase()]);
      return {
        name,
        version,
        sha256: Object.fromEntries(digests),
        uploadTime,
        file,
        requiredBy,
        execution: claim.execution,
        round,
      };
    });
    const times = answer.releases.flatMap(({ name, version, uploadTimes: files }) =>
      files === undefined ? [] : [{ name, version, files }],
    );
    const [known] = await Promise.all([
      ports.store.readReleases(releases),
      times.length > 0 && ports.store.putUploadTimes(times),
      ports.store.putRequestReleases(claim.requestId, releases),
      noteNewest(ports, input.content, answer.behind ?? []),
    ]);
    const records = await compareWithRepository(known, ports);
    const chosen = releases.map((release, at) => ({ release, record: records[at] }));
    const work = (await releasesToVet(ports, chosen, claim.execution)).map(({ release }) => release);
    const counts = { releases: releases.length, secure: releases.length - work.length };
    await renewRequest(ports, claim, { ...refusals, counts });
    const batches = batchesOf(work);
    return { round, next: 'vet', outcome, batches, batchCount: batches.length };
  };

/** Records that the newest releases of the roots are considered, except of those that were kept at an older one. */
async function noteNewest(
  { store, now }: WorkflowPorts,
  { roots, environment, options }: RequestContent,
  behind: readonly string[],
): Promise<void> {
  // An upgrade is recorded when the request ends. With a cut-off, newer releases were left out.
  if (options.upgrade || options.uploadedBefore !== undefined) return;
  const newest = roots.filter((root) => !behind.includes(parseRequirement(root)?.name ?? ''));
  await noteFreshness(store, newest, environment, now(), 'install');
}

/** Checks that a release can become a key: a valid project name, and a version in the alphabet of PEP 440. */
function requireValidKey(release: Resolution['releases'][number]) {
  const { name, version } = release;
  if (isProjectName(name) && version.length <= 255 && /^[a-z0-9.!+_-]+$/i.test(version)) return release;
  const message = `upstream lists an invalid release: ${JSON.stringify(`${name} ${version}`.slice(0, 300))}`;
  throw new AwspipError('bad-release', message, {
    exit: 'unavailable',
    hint: 'report this to the administrators of the index',
  });
}
