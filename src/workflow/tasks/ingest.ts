import { AwspipError } from '../../errors.ts';
import { requestReleaseSortKey } from '../../vetting/keys.ts';
import type { ReleaseKey } from '../../vetting/types.ts';
import { callService, forEachOwned, notAssessed, rejectFailed } from '../claimed-releases.ts';
import { leaseEnd } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';
import type { BatchPayload } from './assess.ts';

/**
 * Imports the releases of a batch into package-install, with exactly the assessed files. The records stay INGEST, with
 * the imported revision, until the files were inspected.
 */
export const ingestTask = (ports: WorkflowPorts) => async (payload: BatchPayload) => {
  const assessed = await assessedFiles(ports, payload);
  await forEachOwned(ports, payload, { from: 'INGEST', step: 'ingest', limit: 13 }, async (record) => {
    const { name, version, execution } = record;
    const files = assessed.get(requestReleaseSortKey(record)) ?? {};
    const answer = await callService(async () => {
      const ingested = await ports.ingest({ name, version }, files);
      requireAssessed(record, ingested.sha256, files);
      return ingested;
    });
    if ('cause' in answer) return rejectFailed(ports, record, answer);
    const { revision, sha256 } = answer.value;
    const leaseUntil = leaseEnd(ports.now());
    await ports.store.advance(record, execution, 'INGEST', {
      pending: { revision, sha256 },
      leaseUntil,
    });
  });
};

async function assessedFiles({ store }: WorkflowPorts, { claim, round, keys }: BatchPayload) {
  const sorted = keys.map(requestReleaseSortKey).sort();
  const [from = '', to = ''] = [sorted[0], sorted.at(-1)];
  const releases = await store.requestReleases(claim.requestId, { from, to });
  const own = releases.filter((release) => release.execution === claim.execution && release.round === round);
  return new Map(own.map((release) => [requestReleaseSortKey(release), release.sha256]));
}

/**
 * Checks by digest that only assessed files are copied. A file without a digest in the index has an empty one here: its
 * imported digest becomes part of the record and binds all later steps.
 */
function requireAssessed(
  { name, version }: ReleaseKey,
  ingested: Readonly<Record<string, string>>,
  assessed: Readonly<Record<string, string>>,
): void {
  const wasAssessed = ([filename, sha256]: [string, string]) =>
    Object.hasOwn(assessed, filename) && (assessed[filename] === '' || assessed[filename] === sha256.toLowerCase());
  const [unassessed] = Object.entries(ingested).filter((file) => !wasAssessed(file));
  if (unassessed === undefined) return;
  const message = `package-install has \`${unassessed[0]}\` of ${name} ${version}, which was not assessed`;
  throw new AwspipError(notAssessed, message, { exit: 'blocked' });
}
