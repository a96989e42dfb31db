import type { UpstreamIndex } from '../../index/types.ts';
import { readFileFacts } from './file-facts.ts';
import type { FileFacts, ReadFacts } from './types.ts';

/** The facts of a file with a few dozen requirements take about 20 KB. */
const maxKept = 3_000;

/**
 * Returns a function that reads the requirements of a file once, so that the inspection compares an imported file with
 * what the resolver has used. Facts that are incomplete, or of a file without a digest, are read again.
 */
export function openKnownFacts(index: Pick<UpstreamIndex, 'open' | 'metadata'>): ReadFacts {
  const known = new Map<string, FileFacts>();
  return async (file, kind, bytesPerFile) => {
    const { sha256 } = file.hashes;
    const key = `${sha256} ${file.url}`;
    const facts = known.get(key) ?? (await readFileFacts(file, kind, index, bytesPerFile));
    if (sha256 === undefined || facts.notes.length > 0 || facts.problem !== undefined) return facts;
    known.set(key, facts);
    for (const oldest of known.keys()) {
      if (known.size <= maxKept) break;
      known.delete(oldest);
    }
    return facts;
  };
}
