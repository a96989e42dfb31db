import type { ReleaseRecord } from '../../vetting/types.ts';
import type { ClaimedBatch } from '../batches.ts';
import { callService, forEachOwned } from '../claimed-releases.ts';
import type { WorkflowPorts } from '../ports.ts';

/**
 * Makes package-install import the releases of a batch, and ends. Meanwhile the releases are assessed, so it changes no
 * status. Why an import could not be requested is written to the record, and ends the release once it is allowed.
 */
export const ingestTask =
  (ports: WorkflowPorts) =>
  async (batch: ClaimedBatch): Promise<void> => {
    await forEachOwned(ports, batch, { from: ['CHECK', 'INGEST'], limit: 25 }, async ({ record, chosen }) => {
      const { name, version } = record;
      const answer = await callService(() =>
        ports.requestImport({ name, version }, chosen?.sha256 ?? {}, chosen?.file),
      );
      if ('cause' in answer) await noteFailure(ports, record, answer);
    });
  };

/** Writes why the import failed, whether or not the assessment has ended. */
async function noteFailure(
  { store }: WorkflowPorts,
  record: ReleaseRecord,
  importFailure: NonNullable<ReleaseRecord['importFailure']>,
): Promise<void> {
  for (const status of ['CHECK', 'INGEST'] as const) {
    if (await store.advance(record, record.execution, status, { importFailure })) return;
  }
}
