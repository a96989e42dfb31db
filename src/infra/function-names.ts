import type { TaskName } from '../workflow/task-names.ts';
import { taskNames } from '../workflow/task-names.ts';

/** What stands beside the workflow's tasks. */
export const otherFunctions = ['PackageCheck', 'Missing', 'Imported', 'Recheck'] as const;

/** Every Lambda function of the stack. */
export type FunctionName = TaskName | (typeof otherFunctions)[number];
export const functionNames: readonly FunctionName[] = [...taskNames, ...otherFunctions];

/** Name of a function's entry in `functions/`, and of its bundle's folder. */
export function entryOf(name: FunctionName, ingest: 'lambda' | 'ssm' = 'lambda'): string {
  if (name === 'Ingest' && ingest === 'ssm') return 'ingest-by-command';
  return name.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
}

/** Every entry there is. */
export const entries: readonly string[] = [...functionNames.map((name) => entryOf(name)), 'ingest-by-command'];
