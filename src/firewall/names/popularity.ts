import type { ProjectName } from '../../index/types.ts';
import { popularProjects } from './popular-projects.ts';
import { type SimilarNames, similarNames } from './similar.ts';

/** The popularity list and its name similarity. */
export type Popularity = {
  /** Returns the position in the list, where 1 has the most downloads; null if the project is not in it. */
  readonly rankOf: (name: ProjectName) => number | null;
  readonly similar: SimilarNames;
};

/** A lower bound of the downloads per month of every project in the list. */
export const minRankedDownloads = 1_000;

/**
 * Opens the popularity list of awspip. The list is parsed on first use.
 *
 * @param protectedNames further names that no other name may resemble
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
