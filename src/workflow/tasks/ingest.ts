import { AwspipError } from '../../errors.ts';
import { requestReleaseSortKey } from '../../vetting/keys.ts';
import type { ReleaseKey } from '../../vetting/types.ts';
import { attempt, eachOwned, reject } from '../claimed-releases.ts';
import { leaseFrom } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';
import type { BatchPayload } from './assess.ts';

/** INGEST → COPY: the release is in package-install, with the very files that were judged. */
export const ingestTask = (ports: WorkflowPorts) => async (payload: BatchPayload) => {
  const judged = await judgedFiles(ports, payload);
  await eachOwned(ports, payload, { from: 'INGEST', step: 'ingest', limit: 13 }, async (record) => {
    const { name, version, execution } = record;
    const files = judged.get(requestReleaseSortKey(record)) ?? {};
    const answer = await attempt(ports, async () => {
      const ingested = await ports.ingest({ name, version }, files);
      requireJudged(record, ingested.sha256, files);
      return ingested;
    });
    if ('cause' in answer) return reject(ports, record, { status: 'ERROR', cause: answer.cause });
    const { revision, sha256 } = answer.value;
    const leaseUntil = leaseFrom(ports.now());
    await ports.store.advance(record, execution, 'INGEST', {
      status: 'COPY',
      pending: { revision, sha256 },
      leaseUntil,
    });
  });
};

async function judgedFiles({ store }: WorkflowPorts, { claim, round, keys }: BatchPayload) {
  const sorted = keys.map(requestReleaseSortKey).sort();
  const [from = '', to = ''] = [sorted[0], sorted.at(-1)];
  const releases = await store.requestReleases(claim.requestId, { from, to });
  const ours = releases.filter((release) => release.execution === claim.execution && release.round === round);
  return new Map(ours.map((release) => [requestReleaseSortKey(release), release.sha256]));
}

/**
 * What was judged is what is copied: by digest, not by name. An empty digest stands for a file whose index gives none:
 * the one it came in with binds it from here on.
 */
function requireJudged(
  { name, version }: ReleaseKey,
  held: Readonly<Record<string, string>>,
  judged: Readonly<Record<string, string>>,
): void {
  const wasJudged = ([filename, sha256]: [string, string]) =>
    Object.hasOwn(judged, filename) && (judged[filename] === '' || judged[filename] === sha256.toLowerCase());
  const strays = Object.entries(held).filter((file) => !wasJudged(file));
  if (strays.length === 0) return;
  throw new AwspipError(
    'not-judged',
    `package-install holds files of ${name} ${version} not judged: ${strays[0]?.[0]}`,
    {
      exit: 'blocked',
    },
  );
}
