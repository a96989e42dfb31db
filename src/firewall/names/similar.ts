import type { ProjectName } from '../../index/types.ts';
import type { SimilarName } from '../types.ts';

/** Part of the policy's version: raised whenever the detector answers differently. */
export const detectorRevision = 1;

/** Popular names that a name plausibly imitates, best first. */
export type SimilarNames = (name: string) => readonly SimilarName[];

/** Prepares a detector over names listed best first. */
export function similarNames(_options: {
  readonly popular: readonly string[];
  readonly protectedNames?: readonly string[];
  readonly limit?: number;
}): SimilarNames {
  return (_name: string): readonly (SimilarName & { target: ProjectName })[] => [];
}
