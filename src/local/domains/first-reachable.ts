import type { PublicIndex } from '../types.ts';

/**
 * Returns one index over several ways to reach the same indexes, such as other credentials or another proxy. Each is
 * tried until one answers. Digests are checked in every case, so the way does not decide which bytes are accepted.
 */
export function firstReachable(indexes: () => readonly PublicIndex[]): PublicIndex {
  return {
    page: async (name) => {
      let answer: Awaited<ReturnType<PublicIndex['page']>> = { kind: 'unreachable', cause: 'no index is configured' };
      for (const index of indexes()) {
        answer = await index.page(name);
        if (answer.kind !== 'unreachable') return answer;
      }
      return answer;
    },
    lastRead: (name) => {
      const known = indexes().flatMap((index) => index.lastRead?.(name) ?? []);
      return known.toSorted((a, b) => b.at - a.at)[0];
    },
    open: async (file) => {
      let failure: unknown = new Error('no index is configured');
      for (const index of indexes()) {
        try {
          return await index.open(file);
        } catch (error) {
          failure = error;
        }
      }
      throw failure;
    },
  };
}
