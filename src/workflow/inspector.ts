import { type Inspect, openInspector } from '../firewall/install-code/inspect.ts';
import type { UpstreamIndex } from '../index/types.ts';
import { archiveLimits } from './resolver/archive.ts';
import { readFileEntries } from './resolver/file-entries.ts';

/** Files that run at installation are far smaller than a mebibyte. */
const limits = { ...archiveLimits(100 * 1024 * 1024), entry: 1024 * 1024 };

/** Returns an inspector that searches the files of an index for install-time code. */
export function openIndexInspector(upstream: UpstreamIndex, now: () => number): Inspect {
  return openInspector({
    read: (file, wants) => readFileEntries(file, wants, upstream, limits),
    pageOf: async (name) => {
      const answer = await upstream.page(name);
      return answer.kind === 'found' ? answer.page : undefined;
    },
    now,
  });
}
