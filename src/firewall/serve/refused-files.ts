import type { IndexFile } from '../../index/types.ts';

/** The files that were requested and refused, so that the next page can leave them out. It forgets the oldest. */
export type RefusedFiles = {
  readonly has: (file: IndexFile) => boolean;
  readonly add: (file: IndexFile) => void;
};

const maxRefused = 10_000;

/** Returns an empty memory of refused files. */
export function openRefusedFiles(): RefusedFiles {
  const digests = new Set<string>();
  return {
    has: ({ hashes }) => hashes.sha256 !== undefined && digests.has(hashes.sha256),
    add({ hashes }) {
      if (hashes.sha256 === undefined) return;
      digests.delete(hashes.sha256);
      digests.add(hashes.sha256);
      const [oldest] = digests;
      if (digests.size > maxRefused && oldest !== undefined) digests.delete(oldest);
    },
  };
}
