import { tmpdir } from 'node:os';
import { type Inspect, openInspector } from '../firewall/install-code/inspect.ts';
import { inspectArchive } from '../firewall/install-code/inspect-archive.ts';
import type { UpstreamIndex } from '../index/types.ts';
import { withTemporaryFile, writeStream } from '../temporary-file.ts';
import type { ArchiveReader } from './inspection-worker.ts';

/**
 * Returns an inspector that searches the files of an index for code that runs at installation, startup or import.
 *
 * @param inspectFile inspects one file; a worker thread keeps a server responsive
 */
export function openIndexInspector(
  upstream: UpstreamIndex,
  now: () => number,
  inspectFile: ArchiveReader['inspectFile'] = inspectArchive,
): Inspect {
  return openInspector({
    inspectFile,
    withFile: async (file, maxBytes, use) => {
      if ((file.size ?? 0) > maxBytes) return use(undefined);
      return withTemporaryFile(tmpdir(), async (target) => {
        const isComplete = await writeStream(target, (await upstream.open(file)).stream, maxBytes);
        return use(isComplete ? target : undefined);
      });
    },
    pageOf: async (name) => {
      const answer = await upstream.page(name);
      return answer.kind === 'found' ? answer.page : undefined;
    },
    now,
  });
}
