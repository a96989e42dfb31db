import { tmpdir } from 'node:os';
import { type Inspect, openInspector } from '../firewall/install-code/inspect.ts';
import type { UpstreamIndex } from '../index/types.ts';
import { withTemporaryFile, writeStream } from './temporary-file.ts';

/** Returns an inspector that searches the files of an index for code that runs at installation, startup or import. */
export function openIndexInspector(upstream: UpstreamIndex, now: () => number): Inspect {
  return openInspector({
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
