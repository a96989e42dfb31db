import type { Command } from 'commander';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import type { Changed } from '../setup/shell-setup.ts';
import { vettedIndex } from '../setup/vetted-index.ts';
import { verbSummaries } from '../verb-names.ts';
import { setUpFromStack } from './stack-settings.ts';

type Options = {
  readonly shell?: readonly string[];
  readonly remove?: boolean;
  readonly enforce?: boolean;
  readonly fromStack?: string;
  readonly project?: boolean;
};

/** Adds `awspip setup`, which prepares a machine or a project. */
export function addSetup(program: Command, resolved: ResolvedSettings, context: Context): Command {
  return program
    .command('setup')
    .summary(verbSummaries.setup)
    .description(
      'Writes functions for pip, pip3, python -m pip and python3 -m pip into a marked block of the start file of each ' +
        'shell in use, and a folder of shims for scripts and Makefiles.',
    )
    .option('--shell <name...>', 'bash, zsh, fish or powershell; default: the shells in use')
    .option('--enforce', 'also configure pip and uv to find packages in the vetted repository only, or nowhere')
    .option('--remove', 'remove everything that setup wrote')
    .option('--from-stack <name>', 'write the settings of a deployment to your settings file')
    .option('--project', "with --from-stack: write to the project's pyproject.toml instead")
    .action(async (options: Options) => {
      if (options.fromStack !== undefined) {
        return setUpFromStack(options.fromStack, { project: options.project === true }, resolved, context);
      }
      await setUpShellsOf(program, options, resolved, context);
    });
}

async function setUpShellsOf(
  program: Command,
  { shell = [], remove = false, enforce = false }: Options,
  resolved: ResolvedSettings,
  context: Context,
): Promise<void> {
  const [{ completionTable }, setup, composition] = await Promise.all([
    import('../completion/completion-table.ts'),
    import('../setup/shell-setup.ts'),
    context.compose(resolved),
  ]);
  const { stdout, stderr } = context.terminal;
  const shells = setup.readShells(shell);
  const files = await composition.shellFiles();
  if (remove) {
    const fromShells = await setup.removeFromShells(shells, context, files);
    const changed = [...fromShells, ...(shells.length > 0 ? [] : await removeEnforcement(files.folder, context))];
    for (const { file, what } of changed) stdout.write(`${what}: ${file}\n`);
    if (changed.length === 0) stdout.write('nothing to remove\n');
    if (fromShells.length > 0)
      stderr.write('awspip: open a new shell; in older ones, `pip` looks for the removed files\n');
    return;
  }
  for (const { file, what } of await setup.setUpShells(shells, completionTable(program), context, files)) {
    stdout.write(`${what}: ${file}\n`);
  }
  if (enforce) await enforceRepository(files.folder, resolved, context);
  const folder = setup.shimFolder(files);
  const forRunner = await addToRunnerPath(folder, context);
  stderr.write(
    forRunner
      ? `awspip: ${folder} is first on PATH in the next steps of this job\n`
      : `awspip: open a new shell to use it; for scripts, put ${folder} first on PATH\n`,
  );
  if (/[\\/]_npx[\\/]/.test(files.starter[1]) && !forRunner) {
    stderr.write(
      'awspip: npm may clear the npx cache, from which this awspip runs; install it with `npm install --global awspip`\n',
    );
  }
}

/** Adds a folder to PATH for later steps of a GitHub Actions job, through the file named by `GITHUB_PATH`. */
async function addToRunnerPath(folder: string, { environment, readText, writeText }: Context): Promise<boolean> {
  const { GITHUB_PATH: file = '', GITHUB_ACTIONS: inActions } = environment;
  if (file === '' || inActions !== 'true') return false;
  const before = (await readText(file)) ?? '';
  if (!before.split('\n').includes(folder)) await writeText(file, `${before}${folder}\n`);
  return true;
}

/** Configures pip and uv to find packages in the vetted repository only. With the local stack, they find none. */
async function enforceRepository(folder: string, resolved: ResolvedSettings, context: Context): Promise<void> {
  const mode = decideMode(resolved, context.environment.CI);
  const { closedIndex, enforce } = await import('../setup/enforce.ts');
  const index =
    mode === 'aws' ? vettedIndex(await (await context.compose(resolved)).vettedEndpoint()) : await closedIndex(folder);
  const { stdout, stderr } = context.terminal;
  for (const { file, what } of await enforce(index, context)) stdout.write(`${what}: ${file}\n`);
  stderr.write(
    mode === 'aws'
      ? `awspip: pip and uv themselves now find packages in ${index} only\n`
      : 'awspip: pip and uv themselves now find no packages; run `awspip install` and `awspip exec -- uv …`\n',
  );
}

async function removeEnforcement(folder: string, context: Context): Promise<readonly Changed[]> {
  const { endEnforcement, removeClosedIndex } = await import('../setup/enforce.ts');
  const changed = await endEnforcement(context);
  await removeClosedIndex(folder);
  return changed;
}
