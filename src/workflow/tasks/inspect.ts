import type { ReleaseRecord } from '../../vetting/types.ts';
import { approvalLookup } from '../approvals.ts';
import { chosenOfBatch } from '../batches.ts';
import { callService, forEachOwned, rejectFailed, rejectRelease } from '../claimed-releases.ts';
import { decideFiles } from '../decide-files.ts';
import { withFileEvidence } from '../file-evidence.ts';
import { leaseEnd } from '../lease.ts';
import type { FileVerdict, WorkflowPorts } from '../ports.ts';
import type { BatchPayload } from './assess.ts';

/**
 * Inspects the imported files of a batch, as package-install holds them: INGEST → COPY. A release with a refused file is
 * copied if the file that the request needs is allowed. The refused ones are recorded as withheld before the copy begins.
 */
export const inspectTask = (ports: WorkflowPorts) => async (payload: BatchPayload) => {
  const chosen = await chosenOfBatch(ports, payload);
  const isAllowed = allowance(ports);
  await forEachOwned(ports, payload, { from: 'INGEST', step: 'inspect', limit: 4 }, async (record) => {
    const { name, version, execution, pending } = record;
    if (pending === undefined) return; // The ingest failed, and Settle ends the release.
    const { sha256 } = pending;
    const file = chosen.get(`${name} ${version}`)?.file;
    // A release that is in secure-pypi already can only hide the files that are refused later.
    const isCopied = record.wasSecure === true;
    const mode = isCopied ? 'hide' : ports.policy.withheldFiles;
    const answer = await callService(async () => {
      if (await isAllowed(record)) return allAllowed(Object.keys(sha256));
      const vetted = await vettedVersions(ports, name);
      const options = { sha256, needed: file, vetted, all: mode === 'hold' };
      return requireVerdict(await ports.inspect({ name, version }, options), file);
    });
    if ('cause' in answer) return rejectFailed(ports, record, answer);
    const verdicts = answer.value;
    const decision = decideFiles(verdicts, { mode, needed: isCopied ? undefined : file });
    const evidence = withFileEvidence(await ports.store.readEvidence(record), { verdicts, decision, now: ports.now() });
    if (evidence !== undefined) await ports.store.putEvidence(record, evidence);
    if (decision.kind === 'reject') return rejectRelease(ports, record, decision);
    const { policyVersion = '' } = record;
    const withheld = Object.keys(decision.withheld);
    if (withheld.length > 0 || record.withheld !== undefined) {
      await ports.store.putWithheld({ name, version, files: decision.withheld, policyVersion });
    }
    await ports.store.advance(record, execution, 'INGEST', {
      status: 'COPY',
      withheld: withheld.length > 0 ? withheld : undefined,
      leaseUntil: leaseEnd(ports.now()),
    });
  });
};

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
