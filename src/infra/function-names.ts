import type { TaskName } from '../workflow/task-names.ts';
import { taskNames } from '../workflow/task-names.ts';

/** The functions that are not tasks of the workflow. */
export const otherFunctions = ['PackageCheck', 'Missing', 'Imported', 'Recheck'] as const;

/** A Lambda function of the stack. */
export type FunctionName = TaskName | (typeof otherFunctions)[number];
export const functionNames: readonly FunctionName[] = [...taskNames, ...otherFunctions];

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
