import type { ProjectListResult, ProjectName, ProjectPage } from './types.ts';

/** The result of one source for a project: its page, missing, or a failure. */
export type SourceResult =
  | { readonly kind: 'found'; readonly page: ProjectPage }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly cause: string };

/** One index, folder or page of links that pip would read. */
export type Source = {
  /** Name for messages, without credentials. */
  readonly label: string;
  /** Never throws. */
  readPage(name: ProjectName): Promise<SourceResult>;
  /** Never throws. Absent for a source that has no list of projects. */
  readProjects?(): Promise<ProjectListResult>;
};

/** Returns the result for a failed source. */
export function failedResult(cause: unknown): SourceResult {
  return { kind: 'failed', cause: cause instanceof Error ? cause.message : String(cause) };
}
