import { realpathSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { homeFolder, temporaryFolder, workingFolder } from '../folders.ts';
import type { CheckedRelease } from '../install/types.ts';
import { isAllowedInstall } from '../pip/bypass.ts';
import { captureOutput } from '../pip/capture.ts';
import { isFlagSet, type PipConfiguration, readPipConfiguration, withConfiguration } from '../pip/configuration.ts';
import { type PipSurroundings, plainEnvironment } from '../pip/environment.ts';
import { localFiles } from '../pip/files.ts';
import type { PipProgram } from '../pip/find.ts';
import { optionValues, type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { listInstalled } from '../pip/installed.ts';
import { readInstallationReport } from '../pip/installed-files.ts';
import { nothingOpen, type OpenSources, parseOpenSources } from '../pip/open-sources.ts';
import type { RootsPorts } from '../pip/roots.ts';
import { readOrNothing } from './pip-machine.ts';
import { type ProcessContext, pipOf } from './process-context.ts';

/** What a command line and all it names are read with; pip's configuration as of this verb included. */
export async function rootsPorts(context: ProcessContext, command: PipCommand): Promise<RootsPorts> {
  return {
    folder: workingFolder(),
    variables: context.environment,
    files: localFiles(temporaryFolder()),
    configuration: await pipConfiguration(context, command),
    home: homeFolder(),
    open: openSources(context),
  };
}

/** @throws AwspipError `pip-configuration` for a file that pip could not read either. */
export async function pipConfiguration(
  context: ProcessContext,
  { verb, isolated }: PipCommand,
): Promise<PipConfiguration> {
  const { environment } = context;
  const prefix = environment.VIRTUAL_ENV ?? (await prefixOf(context));
  const machine = { environment, home: homeFolder(), platform: process.platform, prefix, readFile: readOrNothing };
  return readPipConfiguration({ ...machine, verb, isolated });
}

/** Where the interpreter looks for its own `pip.conf` (`sys.prefix`), as far as its path tells. */
async function prefixOf(context: ProcessContext): Promise<string | undefined> {
  const { python } = await pipOf(context).catch(() => ({ python: undefined }));
  if (python === undefined) return undefined;
  const above = (file: string) => path.dirname(path.dirname(file));
  const isVirtual = readOrNothing(path.join(above(python), 'pyvenv.cfg')) !== undefined;
  return above(isVirtual ? python : await localFiles('').realPath(python));
}

/** @throws AwspipError configuration when the setting is none. */
export function openSources({ settings }: ProcessContext): OpenSources {
  if (settings.open === undefined) return nothingOpen;
  const open = parseOpenSources(settings.open);
  if (open !== undefined) return { ...open, folders: open.folders.map(withoutLinks) };
  throw new AwspipError('open-invalid', `\`open\` is not valid: \`${settings.open}\``, {
    exit: 'configuration',
    hint: 'give absolute folders, and beginnings of addresses such as `git+https://git.example/team/`, parted by commas',
  });
}

function withoutLinks(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** What every pip behind the relay is started with. */
export function surroundings(context: ProcessContext, command: Pick<PipCommand, 'isolated'>): PipSurroundings {
  return {
    stdout: process.stdout.isTTY === true,
    stderr: process.stderr.isTTY === true,
    isolated: command.isolated,
    keep: context.settings.keepVariables,
    open: openSources(context),
  };
}

/** What an install put in place, as far as pip says so. */
export type InstallCheck = {
  /** Where pip is to say it, unless the user has it say so elsewhere. */
  readonly reportFile: string | undefined;
  /** After a run that ended well, with the arguments and the interpreter it had. */
  readonly read: (
    argv: readonly string[],
    program: PipProgram,
    startedAt: number,
  ) => Promise<readonly CheckedRelease[] | undefined>;
  readonly cleanup: () => Promise<void>;
};

const noInstallCheck: InstallCheck = { reportFile: undefined, read: async () => undefined, cleanup: async () => {} };
/** Above, it is no report of pip's. */
const maxReportBytes = 128 * 1024 * 1024;

/** Only `install` puts things in place. */
export async function openInstallCheck(
  context: ProcessContext,
  command: PipCommand,
  ports: RootsPorts,
): Promise<InstallCheck> {
  const configured = ports.configuration ?? { options: [] };
  const whole = withConfiguration(command, configured);
  if (command.verb !== 'install' || isFlagSet(whole, '--dry-run')) return noInstallCheck;
  const folder = await localFiles(temporaryFolder()).makeFolder();
  const own = path.join(folder, 'installed.json');
  const configuredFile = optionValues(whole, '--report').at(-1);
  const environment = plainEnvironment(context.environment);
  return {
    reportFile: configuredFile === undefined ? own : undefined,
    async read(argv, program, startedAt) {
      const typed = optionValues(parsePipArguments(argv), '--report').at(-1);
      const said = readInstallationReport((await textOf(typed ?? configuredFile ?? own)) ?? '');
      const installed =
        said ?? (await listInstalled(program, whole, startedAt, { capture: captureOutput, environment })) ?? [];
      return Promise.all(
        installed.map(async (item) => ({ ...item, allowed: await isAllowedInstall(item.from, ports) })),
      );
    },
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    // Whoever reads a pipe or a terminal takes it from somebody, and waits for its end.
    return found.isFile() && found.size <= maxReportBytes ? await readFile(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
