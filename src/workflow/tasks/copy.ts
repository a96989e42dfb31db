import { mapConcurrently } from '../../map-concurrently.ts';
import type { ReleaseRecord } from '../../vetting/types.ts';
import { type ClaimedBatch, inspectedDigests } from '../batches.ts';
import { callService, endUnfinished, rejectFailed, type ServiceAnswer, withOwned } from '../claimed-releases.ts';
import { decideImport, pauseSeconds } from '../import-state.ts';
import { leaseEnd, renewalDue } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';
import { requireAssessed } from '../require-assessed.ts';

type Payload = ClaimedBatch & {
  /** ISO time at which the batch was claimed, just before its imports were requested. */
  readonly claimedAt: string;
  /** Whether the last look found imports that were still running. */
  readonly importing: boolean;
  /** Batches of the round, which look in parallel. */
  readonly batchCount: number;
};

/** Whether imports are still running, and the seconds after which to look again. */
type Looked = { readonly importing: boolean; readonly seconds: number };

type Digests = Readonly<Record<string, string>>;

/**
 * Copies the inspected releases of a batch whose import has finished to secure-pypi: COPY → SECURE. It doesn't wait for
 * the others: the state machine does, and calls it again. Releases that are not ready to copy end in ERROR.
 */
export const copyTask =
  (ports: WorkflowPorts) =>
  async (payload: Payload): Promise<Looked> => {
    const elapsed = ports.now() - Date.parse(payload.claimedAt);
    let copied = 0;
    let importing = 0;
    const step = payload.importing ? 'ingest' : 'copy';
    await withOwned(ports, payload, { from: ['CHECK', 'INGEST', 'COPY'], step }, async (owned) => {
      await mapConcurrently(owned, 25, async ({ record, chosen }) => {
        if (record.status !== 'COPY') return endUnfinished(ports, record);
        const answer = await copyImported(ports, record, { assessed: inspectedDigests(chosen), elapsed });
        if ('cause' in answer) return rejectFailed(ports, record, answer);
        if (answer.value === undefined) {
          importing += 1;
          return;
        }
        if (await recordSecure(ports, record, answer.value)) copied += 1;
      });
    });
    const { requestId, execution } = payload.claim;
    if (copied > 0) await ports.store.countSecure(requestId, execution, copied);
    return { importing: importing > 0, seconds: pauseSeconds(elapsed, payload.batchCount) };
  };

/** Copies a release whose import has finished, and returns what was copied; undefined while the import runs. */
async function copyImported(
  ports: WorkflowPorts,
  record: ReleaseRecord,
  { assessed, elapsed }: { readonly assessed: Digests; readonly elapsed: number },
): Promise<ServiceAnswer<{ readonly revision: string; readonly sha256: Digests } | undefined>> {
  const { name, version, execution, seen } = record;
  return callService(async () => {
    const found = await ports.imported({ name, version });
    if (found !== undefined) requireAssessed(record, found.sha256, assessed);
    const state = decideImport({ release: record, found, assessed, seen, elapsed, now: ports.now() });
    if (state.kind === 'ready') {
      await ports.copy({ name, version }, state.revision);
      return { revision: state.revision, sha256: state.sha256 };
    }
    if (state.seen !== seen || renewalDue(record, ports.now())) {
      await ports.store.advance(record, execution, 'COPY', { seen: state.seen, leaseUntil: leaseEnd(ports.now()) });
    }
    return undefined;
  });
}

async function recordSecure(
  { store }: WorkflowPorts,
  record: ReleaseRecord,
  { revision, sha256 }: { readonly revision: string; readonly sha256: Digests },
): Promise<boolean> {
  const { name, version, execution } = record;
  // A SECURE record without its files is vetted again, so the two writes needn't be one.
  const [isSecure] = await Promise.all([
    store.advance(record, execution, 'COPY', {
      status: 'SECURE',
      revision,
      leaseUntil: 0,
      seen: undefined,
      wasSecure: undefined,
      cause: undefined,
    }),
    store.putVettedFiles({ name, version, revision, sha256 }),
  ]);
  return isSecure;
}
