import { fileMark } from '../../vetting/file-mark.ts';
import type { ReleaseRecord, WithheldFile } from '../../vetting/types.ts';
import { approvalLookup } from '../approvals.ts';
import { type ClaimedBatch, inspectedDigests } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { callService, forEachOwned, type OwnedRelease, rejectFailed, rejectRelease } from '../claimed-releases.ts';
import { decideFiles } from '../decide-files.ts';
import { withFileEvidence } from '../file-evidence.ts';
import { leaseEnd } from '../lease.ts';
import { joinObserved } from '../observed-outcomes.ts';
import type { FileVerdict, WorkflowPorts } from '../ports.ts';
import { recordableMetadata } from '../wheel-metadata.ts';

/**
 * Inspects the allowed releases of a batch as package-install sends them: INGEST → COPY. A release with a refused file
 * is copied if the file that the request needs is allowed. The refused ones are recorded as withheld before the copy
 * begins.
 */
export const inspectTask =
  (ports: WorkflowPorts) =>
  async (batch: ClaimedBatch): Promise<void> => {
    const isAllowed = allowance(ports);
    await forEachOwned(ports, batch, { from: ['INGEST'], step: 'inspect', limit: 4 }, async ({ record, chosen }) => {
      const { importFailure } = record;
      if (importFailure !== undefined) return rejectFailed(ports, record, importFailure);
      // A release that is in secure-pypi already can only hide the files that are refused later.
      const mode = record.wasSecure === true ? 'hide' : ports.policy.withheldFiles;
      const answer = await callService(() => inspect(ports, { record, chosen, mode, isAllowed }));
      if ('cause' in answer) return rejectFailed(ports, record, answer);
      const verdicts = answer.value;
      const needed = record.wasSecure === true ? undefined : chosen?.file;
      const decision = decideFiles(verdicts, { mode, needed });
      const evidence = withFileEvidence(await ports.store.readEvidence(record), {
        verdicts,
        decision,
        now: ports.now(),
      });
      if (evidence !== undefined) await ports.store.putEvidence(record, evidence);
      if (decision.kind === 'reject') return rejectRelease(ports, record, decision);
      await recordInspected(ports, { record, chosen, verdicts, withheld: decision.withheld }, batch.claim);
    });
  };

async function inspect(
  ports: WorkflowPorts,
  {
    record,
    chosen,
    mode,
    isAllowed,
  }: OwnedRelease & {
    readonly mode: 'hide' | 'hold';
    readonly isAllowed: (release: ReleaseRecord) => Promise<boolean>;
  },
): Promise<ReadonlyMap<string, FileVerdict>> {
  const { name, version } = record;
  const sha256 = inspectedDigests(chosen);
  const [allowed, vetted] = await Promise.all([isAllowed(record), vettedVersions(ports, name)]);
  if (allowed) return allAllowed(Object.keys(sha256));
  const needed = chosen?.file;
  return requireVerdict(
    await ports.inspect({ name, version }, { sha256, needed, vetted, all: mode === 'hold' }),
    needed,
  );
}

/**
 * Records the withheld files, the METADATA of the allowed wheels, and the digests of files that the index lists without
 * one: only these bytes are copied.
 */
async function recordInspected(
  { store, now }: WorkflowPorts,
  {
    record,
    chosen,
    verdicts,
    withheld,
  }: OwnedRelease & {
    readonly verdicts: ReadonlyMap<string, FileVerdict>;
    readonly withheld: Readonly<Record<string, WithheldFile>>;
  },
  { requestId }: Claim,
): Promise<void> {
  const { name, version, execution, policyVersion = '' } = record;
  const learned = Object.entries(chosen?.sha256 ?? {}).flatMap(([filename, sha256]) => {
    const inspected = sha256 === '' ? verdicts.get(filename)?.sha256 : undefined;
    return inspected === undefined ? [] : [[filename, inspected] as const];
  });
  if (chosen !== undefined && learned.length > 0) {
    const sha256 = { ...chosen.sha256, ...Object.fromEntries(learned) };
    await store.putRequestRelease(requestId, { ...chosen, sha256 });
  }
  const filenames = Object.keys(withheld);
  if (filenames.length > 0 || record.withheld !== undefined) {
    await store.putWithheld({ name, version, files: withheld, policyVersion });
  }
  await store.recordMetadata(record, recordableMetadata(verdicts, chosen?.sha256 ?? {}));
  await store.advance(record, execution, 'INGEST', {
    status: 'COPY',
    withheld: filenames.length > 0 ? filenames.map(fileMark) : undefined,
    observed: joinObserved([record.observed, ...[...verdicts.values()].map((verdict) => verdict.observed)]),
    leaseUntil: leaseEnd(now()),
  });
}

/** Returns a check whether a person or the policy allows a release with any content of its files. */
function allowance(ports: WorkflowPorts): (release: ReleaseRecord) => Promise<boolean> {
  const approvalOf = approvalLookup(ports);
  return async (release) => ports.policy.allows?.(release) === true || (await approvalOf(release))?.kind === 'approve';
}

/** Puts a file that the request needs on hold if it was not inspected. */
function requireVerdict(verdicts: ReadonlyMap<string, FileVerdict>, needed: string | undefined) {
  if (needed === undefined || verdicts.get(needed)?.status !== 'LATER') return verdicts;
  return new Map([...verdicts, [needed, { status: 'HELD', reasons: [`${needed} was not inspected`] } as const]]);
}

async function vettedVersions({ store }: WorkflowPorts, name: ReleaseRecord['name']): Promise<string[]> {
  const records = await store.releasesOf(name);
  return records.filter(({ status }) => status === 'SECURE').map(({ version }) => version);
}

const allAllowed = (filenames: readonly string[]): ReadonlyMap<string, FileVerdict> =>
  new Map(filenames.map((filename) => [filename, { status: 'ALLOWED', reasons: [] }]));
