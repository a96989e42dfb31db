import type { ProjectName } from '../../index/types.ts';
import { type ContainedNames, containedNames } from './contained.ts';
import { popularProjects } from './popular-projects.ts';
import { type SimilarNames, similarNames } from './similar.ts';

/** The popularity list, and the names in it that a name resembles or contains. */
export type Popularity = {
  /** Returns the position in the list, where 1 has the most downloads; null if the project is not in it. */
  readonly rankOf: (name: ProjectName) => number | null;
  readonly similar: SimilarNames;
  readonly contained: ContainedNames;
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
  let similar: SimilarNames | undefined;
  let contained: ContainedNames | undefined;
  return {
    rankOf: (name) => {
      ranks ??= new Map(popularProjects().map((popular, index) => [popular, index + 1]));
      return ranks.get(name) ?? null;
    },
    similar: (name) => {
      similar ??= similarNames({ popular: popularProjects(), protectedNames });
      return similar(name);
    },
    contained: (name) => {
      contained ??= containedNames({ popular: popularProjects(), protectedNames });
      return contained(name);
    },
  };
}
