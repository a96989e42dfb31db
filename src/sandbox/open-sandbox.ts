import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { AwspipError } from '../errors.ts';
import { homeFolder, temporaryFolder, workingFolder } from '../folders.ts';
import { oneLine } from '../printable.ts';
import type { ProcessContext } from '../process-context.ts';
import { pythonCommand } from '../python-command.ts';
import { compiledCodeFolder, userFile } from '../settings/folders.ts';
import { findBubblewrap, readSandboxFacts, readText } from './read-facts.ts';
import { conflictsOf, type SandboxFacts, sandboxArguments } from './sandbox-plan.ts';
import { seccompFilter } from './seccomp-filter.ts';
import { type SandboxParts, sandboxCommand, sandboxOf } from './start-sandboxed.ts';
import type { Sandbox, SandboxedServer } from './types.ts';

type Context = Pick<ProcessContext, 'settings' | 'environment' | 'stateDirectory'>;

export type SandboxOptions = {
  /** Returns the interpreter that starts the program in the sandbox. */
  readonly python: () => Promise<string>;
  readonly server: SandboxedServer;
  /** Called with the reason, a clause, if `auto` runs without the sandbox. */
  readonly fallBack: (reason: string) => void;
};

/**
 * Opens the sandbox for pip or another installer. Returns undefined if it is off, or if it is `auto` and cannot start.
 *
 * @throws {AwspipError} `sandbox-git` (64) or `sandbox-unavailable` (78), if it is `on`.
 */
export async function openSandbox(context: Context, options: SandboxOptions): Promise<Sandbox | undefined> {
  const { sandbox } = context.settings;
  if (sandbox === 'off') return undefined;
  createFolders(context);
  try {
    return (await startableSandbox(context, options)).sandbox;
  } catch (error) {
    if (sandbox === 'on' || !(error instanceof AwspipError)) throw error;
    options.fallBack(error.message);
    return undefined;
  }
}

/**
 * Returns a sandbox that was started once, and its facts.
 *
 * @throws {AwspipError} `sandbox-git` (64) or `sandbox-unavailable` (78).
 */
export async function startableSandbox(
  context: Context,
  { python: findPython, server }: Omit<SandboxOptions, 'fallBack'>,
): Promise<{ readonly sandbox: Sandbox; readonly facts: SandboxFacts }> {
  if (process.platform !== 'linux') throw unavailable('the sandbox needs Linux');
  requireNoGit(context.settings.open);
  const { environment } = context;
  const bubblewrap = findBubblewrap(environment.PATH ?? '', workingFolder());
  if (bubblewrap === undefined) {
    throw unavailable(
      'the sandbox needs bubblewrap, and `bwrap` is not on PATH',
      'install it: `sudo apt install bubblewrap`',
    );
  }
  const filter = seccompFilter(process.arch);
  if (filter === undefined && readText('/proc/sys/dev/tty/legacy_tiocsti').trim() !== '0') {
    throw unavailable('the sandbox cannot protect the terminal on this architecture', terminalHint);
  }
  const python = await findPython();
  const facts = readFacts(context, python);
  const [conflict] = conflictsOf(facts);
  if (conflict !== undefined) {
    throw unavailable(
      `the sandbox cannot hide ${conflict}, because the command needs it`,
      'use other folders for the command, for temporary files (`TMPDIR`), and for the settings and credentials in it',
    );
  }
  const parts: SandboxParts = { bubblewrap, arguments: sandboxArguments(facts), filter, python, server };
  await requireStart(parts);
  return { sandbox: sandboxOf(parts), facts };
}

const terminalHint = 'run `sudo sysctl -w dev.tty.legacy_tiocsti=0`';

function readFacts({ environment, stateDirectory }: Context, python: string) {
  const home = homeFolder();
  const machine = { platform: process.platform, home, environment };
  const settingsFolder = path.dirname(userFile(machine));
  const [, launcher = ''] = pythonCommand(python, '', [], {}).command;
  return readSandboxFacts({
    home,
    environment,
    ownFolders: [stateDirectory, settingsFolder, compiledCodeFolder(machine)],
    needed: [
      workingFolder(),
      temporaryFolder(environment),
      path.dirname(launcher),
      path.dirname(python),
      ...(environment.VIRTUAL_ENV ? [environment.VIRTUAL_ENV] : []),
    ],
  });
}

/** Creates the folders that awspip may create while pip runs. A folder that is missing could not be hidden. */
function createFolders({ environment, stateDirectory }: Context): void {
  const home = homeFolder();
  const roles = path.join(home, '.aws');
  const own = [stateDirectory, compiledCodeFolder({ platform: process.platform, home, environment })];
  for (const folder of environment.AWS_CONFIG_FILE ? [...own, roles] : own) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch {
      // It cannot be created while pip runs either.
    }
  }
}

/** git needs a network to fetch, and the sandbox has none. */
function requireNoGit(open: string | undefined): void {
  if (!open?.split(',').some((source) => source.trim().startsWith('git+'))) return;
  throw new AwspipError('sandbox-git', 'the sandbox has no network for the git repositories that `open` allows', {
    exit: 'usage',
    hint: 'remove them from `--awspip-open`, or run with `--awspip-sandbox=off`',
  });
}

/** Starts the sandbox once with a program that does nothing, because its failure would look like one of pip. */
async function requireStart(parts: SandboxParts): Promise<void> {
  const [file, ...rest] = sandboxCommand(parts, ['/bin/sh', '-c', ':']);
  try {
    await promisify(execFile)(file, rest, { env: {}, timeout: 10_000 });
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    const cause = oneLine(stderr.trim().split('\n')[0] ?? '')
      .replace(/^bwrap: /, '')
      .slice(0, 200);
    throw unavailable(`bubblewrap cannot start a sandbox here: ${cause || 'it gave no reason'}`, namespaceHint());
  }
}

function namespaceHint(): string {
  const isRestricted = readText('/proc/sys/kernel/apparmor_restrict_unprivileged_userns').trim() === '1';
  return isRestricted
    ? 'allow it: `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, or an AppArmor profile for `bwrap`'
    : 'allow user namespaces (in a container: also mounts of `/proc`), or use `--awspip-sandbox=auto`';
}

function unavailable(message: string, hint = 'use `--awspip-sandbox=auto` to run without it here'): AwspipError {
  return new AwspipError('sandbox-unavailable', message, { exit: 'configuration', hint });
}
