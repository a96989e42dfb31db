import type { ProjectName } from '../../index/types.ts';
import { popularProjects } from './popular-projects.ts';
import { type SimilarNames, similarNames } from './similar.ts';

/** Which projects are popular, and which popular ones a name resembles. */
export type Popularity = {
  /** Place in the list, 1 the most downloaded; null when not in it. */
  readonly rankOf: (name: ProjectName) => number | null;
  readonly similar: SimilarNames;
};

/** Every project of the list has far more downloads a month than this. */
export const minRankedDownloads = 1_000;

/**
 * The list that ships with awspip. Nothing is read before the first question.
 * @param protectedNames names beyond the list that nothing may resemble
 */
export function popularity(protectedNames: readonly string[] = []): Popularity {
  let ranks: Map<string, number> | undefined;
  let detector: SimilarNames | undefined;
  return {
    rankOf: (name) => {
      ranks ??= new Map(popularProjects().map((popular, index) => [popular, index + 1]));
      return ranks.get(name) ?? null;
    },
    similar: (name) => {
      detector ??= similarNames({ popular: popularProjects(), protectedNames });
      return detector(name);
    },
  };
}
