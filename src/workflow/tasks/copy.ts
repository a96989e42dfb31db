import { callService, forEachOwned, rejectFailed } from '../claimed-releases.ts';
import type { WorkflowPorts } from '../ports.ts';
import type { BatchPayload } from './assess.ts';

/** Copies the ingested revisions to secure-pypi: COPY → SECURE. CodeArtifact allows five copies per second. */
export const copyTask = (ports: WorkflowPorts) => async (payload: BatchPayload) => {
  let copied = 0;
  await forEachOwned(ports, payload, { from: 'COPY', step: 'copy', limit: 4 }, async (record) => {
    const { name, version, execution, pending } = record;
    const answer = await callService(async () => {
      if (pending === undefined) throw new Error('the record has no ingested revision');
      await ports.copy({ name, version }, pending.revision);
      return pending;
    });
    if ('cause' in answer) return rejectFailed(ports, record, answer);
    const isSecure = await ports.store.advance(record, execution, 'COPY', {
      ...answer.value,
      status: 'SECURE',
      leaseUntil: 0,
      pending: undefined,
      wasSecure: undefined,
      cause: undefined,
    });
    if (isSecure) copied += 1;
  });
  const { requestId, execution } = payload.claim;
  if (copied > 0) await ports.store.countSecure(requestId, execution, copied);
};
