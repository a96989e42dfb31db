import type { ProjectName, ProjectPage } from './types.ts';

/** What one source says of a project: its page, nothing, or that it could not be asked. */
export type SourceAnswer =
  | { readonly kind: 'found'; readonly page: ProjectPage }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly cause: string };

/** One index, folder or page of links that pip would read. */
export type Source = {
  /** Fit to be shown: no credentials. */
  readonly label: string;
  /** Never throws. */
  ask(name: ProjectName): Promise<SourceAnswer>;
};

/** One sentence about a failure of a source. */
export function failed(cause: unknown): SourceAnswer {
  return { kind: 'failed', cause: cause instanceof Error ? cause.message : String(cause) };
}
