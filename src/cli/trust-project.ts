import { oneLine } from '../printable.ts';
import { trustFile } from '../settings/folders.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import { type ProjectTrust, trustLines } from '../settings/trust.ts';
import { readTrustedProjects, withTrusted, writeTrustedProjects } from '../settings/trust-store.ts';
import type { Context } from './context.ts';

/** Records that the user trusts a project file with its values. */
export async function recordTrust(project: Pick<ProjectTrust, 'path' | 'values'>, context: Context): Promise<void> {
  const file = trustFile(context);
  const trusted = await readTrustedProjects(file, context.readText);
  await writeTrustedProjects(file, withTrusted(trusted, project, new Date().toISOString()));
}

/** Returns the lines that show what a project file decides. */
export function projectLines({ path: file, values }: Pick<ProjectTrust, 'path' | 'values'>): string {
  return [oneLine(file), ...trustLines(values).map((line) => `  ${line}`), ''].join('\n');
}

/**
 * Asks the user on a terminal whether to trust the project file, if its values were left out and trust would change that.
 * Returns whether the user agreed. Elsewhere nothing is asked, and the command fails when it needs the values.
 */
export async function askForTrust({ project }: ResolvedSettings, context: Context): Promise<boolean> {
  if (project === undefined || project.leftOut.length === 0 || project.unsafe !== undefined) return false;
  if (!context.canAsk) return false;
  context.terminal.stderr.write(
    `awspip: this project file selects a repository that you have not trusted:\n${projectLines(project)}`,
  );
  if (!(await context.confirm('Use these values from now on?'))) return false;
  await recordTrust(project, context);
  return true;
}
