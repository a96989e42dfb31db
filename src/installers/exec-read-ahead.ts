import path from 'node:path';
import { readAheadPlan } from '../install/read-ahead-plan.ts';
import type { InstallRequest } from '../install/types.ts';
import type { ProcessContext } from '../process-context.ts';
import type { ReadAheadPlan } from '../relay/read-ahead/types.ts';
import type { ExecCommand } from './exec-command.ts';
import { findUp } from './uv-folders.ts';

/** Options with which uv chooses other releases or files than the interpreter in its `User-Agent` suggests. */
const otherChoice = ['--resolution', '--python-version', '--python-platform', '--overrides', '--override'];

type Gathered = Pick<InstallRequest, 'roots' | 'constraints' | 'options'>;

/**
 * Returns what the relay reads ahead for an installer, from the requirements of its command line and of its project.
 * Undefined if the guesses would be wrong.
 */
export async function execReadAheadPlan(
  context: ProcessContext,
  { installer, args, request, command }: ExecCommand,
  gathered: Gathered,
  project: { readonly roots: readonly string[]; readonly pins: readonly string[] },
): Promise<ReadAheadPlan | undefined> {
  const all = {
    ...gathered,
    roots: [...gathered.roots, ...project.roots],
    constraints: [...gathered.constraints, ...project.pins],
  };
  if (installer.name !== 'uv' && installer.name !== 'uvx') return readAheadPlan(context, command, all);
  const has = (name: string) => args.some((word) => word === name || word.startsWith(`${name}=`));
  if (otherChoice.some(has)) return undefined;
  const venv = uvEnvironment(context.environment, request.project ?? process.cwd());
  return readAheadPlan(context, command, all, {
    fetchesFiles: request.installs && !has('--dry-run') && !has('--no-install-project') && !has('--no-sync'),
    // The interpreter of another option has an environment that only uv finds.
    home: request.python === undefined && !has('--system') ? venv : undefined,
  });
}

/** Returns the virtual environment that uv chooses: the active one, or `.venv` of the folder or of one above. */
function uvEnvironment({ VIRTUAL_ENV }: ProcessContext['environment'], folder: string): string | undefined {
  if (VIRTUAL_ENV) return VIRTUAL_ENV;
  const found = findUp(folder, path.join('.venv', 'pyvenv.cfg'));
  return found && path.dirname(found);
}
