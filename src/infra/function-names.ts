import type { TaskName } from '../workflow/task-names.ts';

/**
 * The functions that run the workflow's tasks. Tasks that only decide and record share one, which is therefore warm after
 * the first of them. Those that read the content of packages or change secure-pypi have functions and rights of their own.
 */
export const taskFunctions = ['Decide', 'Ingest', 'Inspect', 'Copy', 'Notify'] as const;

/** The function of each task. */
export const functionOfTask = {
  Claim: 'Decide',
  Resolve: 'Decide',
  ClaimReleases: 'Decide',
  Assess: 'Decide',
  Ingest: 'Ingest',
  Inspect: 'Inspect',
  Copy: 'Copy',
  FailBatch: 'Decide',
  Review: 'Decide',
  Notify: 'Notify',
  Fail: 'Decide',
} as const satisfies Record<TaskName, (typeof taskFunctions)[number]>;

/** The functions that are not tasks of the workflow. */
export const otherFunctions = ['PackageCheck', 'Missing', 'Imported', 'Recheck'] as const;

/** A Lambda function of the stack. */
export type FunctionName = (typeof taskFunctions)[number] | (typeof otherFunctions)[number];
export const functionNames: readonly FunctionName[] = [...taskFunctions, ...otherFunctions];

/** Returns the name of a function's entry in `functions/`, which is also its bundle's folder. */
export function entryOf(name: FunctionName, ingest: 'lambda' | 'ssm' = 'lambda'): string {
  if (name === 'Ingest' && ingest === 'ssm') return 'ingest-by-command';
  return name.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
}

/** All entries in `functions/`. */
export const entries: readonly string[] = [
  ...functionNames.map((name) => entryOf(name)),
  'ingest-by-command',
  'access-controls',
];
