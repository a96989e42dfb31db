import path from 'node:path';
import { type GatheredRequest, readAheadPlan } from '../install/read-ahead-plan.ts';
import { isTrue } from '../pip/configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import type { ReadAheadPlan } from '../relay/read-ahead/types.ts';
import type { ExecCommand } from './exec-command.ts';
import { findUp } from './uv-folders.ts';

/** Options with which uv chooses other releases or files than the interpreter in its `User-Agent` suggests. */
const otherChoice = ['--resolution', '--python-version', '--python-platform', '--overrides', '--override'];

/** `-n`, also in a cluster such as `-qn`. */
const shortNoCache = /^-[qvU]*n[qvU]*$/;

/**
 * Returns what the relay reads ahead for an installer, from the requirements of its command line and of its
 * project: nothing if the guesses would be wrong.
 */
export async function execReadAheadPlan(
  context: ProcessContext,
  { installer, args, request, command }: ExecCommand,
  gathered: GatheredRequest,
  project: { readonly roots: readonly string[]; readonly pins: readonly string[] },
): Promise<ReadAheadPlan> {
  const has = (name: string) => args.some((word) => word === name || word.startsWith(`${name}=`));
  const isUv = installer.name === 'uv' || installer.name === 'uvx';
  const { UV_NO_CACHE, PIP_NO_CACHE_DIR } = context.environment;
  const uvKeepsFiles = !isTrue(UV_NO_CACHE) && !has('--no-cache') && !args.some((word) => shortNoCache.test(word));
  const all = {
    ...gathered,
    keepsFiles: gathered.keepsFiles && !has('--no-cache-dir') && (isUv ? uvKeepsFiles : !PIP_NO_CACHE_DIR),
    roots: [...gathered.roots, ...project.roots],
    constraints: [...gathered.constraints, ...project.pins],
  };
  if (!isUv) return readAheadPlan(context, command, all);
  const guessed = otherChoice.some(has) ? { ...all, roots: [] } : all;
  const venv = uvEnvironment(context.environment, request.project ?? process.cwd());
  return readAheadPlan(context, command, guessed, {
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
