import { realpathSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { Arrival } from '../install/types.ts';
import { captureOutput } from '../pip/capture.ts';
import { isFlagSet, type PipConfiguration, readPipConfiguration, withConfiguration } from '../pip/configuration.ts';
import { type PipSurroundings, plainEnvironment } from '../pip/environment.ts';
import { localFiles } from '../pip/files.ts';
import type { PipProgram } from '../pip/find.ts';
import { optionValues, type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { listInstalled } from '../pip/installed.ts';
import { readInstallationReport } from '../pip/installed-files.ts';
import { nothingOpen, type OpenSources, parseOpenSources } from '../pip/open-sources.ts';
import { isAdmitted } from '../pip/bypass.ts';
import type { RootsPorts } from '../pip/roots.ts';
import { type Edge, pipOf } from './process-context.ts';
import { homeFolder, temporaryFolder, workingFolder } from '../folders.ts';
import { readOrNothing } from './pip-machine.ts';

/** What a command line and all it names are read with; pip's configuration as of this verb included. */
export async function rootsPorts(edge: Edge, command: PipCommand): Promise<RootsPorts> {
  return {
    folder: workingFolder(),
    variables: edge.environment,
    files: localFiles(temporaryFolder()),
    configuration: await pipConfiguration(edge, command),
    home: homeFolder(),
    open: openSources(edge),
  };
}

/** @throws AwspipError `pip-configuration` for a file that pip could not read either. */
export async function pipConfiguration(edge: Edge, { verb, isolated }: PipCommand): Promise<PipConfiguration> {
  const { environment } = edge;
  const prefix = environment.VIRTUAL_ENV ?? (await prefixOf(edge));
  const machine = { environment, home: homeFolder(), platform: process.platform, prefix, readFile: readOrNothing };
  return readPipConfiguration({ ...machine, verb, isolated });
}

/** Where the interpreter looks for its own `pip.conf` (`sys.prefix`), as far as its path tells. */
async function prefixOf(edge: Edge): Promise<string | undefined> {
  const { python } = await pipOf(edge).catch(() => ({ python: undefined }));
  if (python === undefined) return undefined;
  const above = (file: string) => path.dirname(path.dirname(file));
  const isVirtual = readOrNothing(path.join(above(python), 'pyvenv.cfg')) !== undefined;
  return above(isVirtual ? python : await localFiles('').realPath(python));
}

/** @throws AwspipError configuration when the setting is none. */
export function openSources({ settings }: Edge): OpenSources {
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
export function surroundings(edge: Edge, command: Pick<PipCommand, 'isolated'>): PipSurroundings {
  return {
    stdout: process.stdout.isTTY === true,
    stderr: process.stderr.isTTY === true,
    isolated: command.isolated,
    keep: edge.settings.keepVariables,
    open: openSources(edge),
  };
}

/** What an install put in place, as far as pip says so. */
export type Arrivals = {
  /** Where pip is to say it, unless the user has it say so elsewhere. */
  readonly reportFile: string | undefined;
  /** After a run that ended well, with the arguments and the interpreter it had. */
  readonly read: (
    argv: readonly string[],
    program: PipProgram,
    startedAt: number,
  ) => Promise<readonly Arrival[] | undefined>;
  readonly cleanup: () => Promise<void>;
};

const noArrivals: Arrivals = { reportFile: undefined, read: async () => undefined, cleanup: async () => {} };
/** Above, it is no report of pip's. */
const largestReport = 128 * 1024 * 1024;

/** Only `install` puts things in place. */
export async function openArrivals(edge: Edge, command: PipCommand, ports: RootsPorts): Promise<Arrivals> {
  const configured = ports.configuration ?? { options: [] };
  const whole = withConfiguration(command, configured);
  if (command.verb !== 'install' || isFlagSet(whole, '--dry-run')) return noArrivals;
  const folder = await localFiles(temporaryFolder()).makeFolder();
  const own = path.join(folder, 'installed.json');
  const configuredFile = optionValues(whole, '--report').at(-1);
  const environment = plainEnvironment(edge.environment);
  return {
    reportFile: configuredFile === undefined ? own : undefined,
    async read(argv, program, startedAt) {
      const typed = optionValues(parsePipArguments(argv), '--report').at(-1);
      const said = readInstallationReport((await textOf(typed ?? configuredFile ?? own)) ?? '');
      const landed =
        said ?? (await listInstalled(program, whole, startedAt, { capture: captureOutput, environment })) ?? [];
      return Promise.all(landed.map(async (item) => ({ ...item, admitted: await isAdmitted(item.from, ports) })));
    },
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    // Whoever reads a pipe or a terminal takes it from somebody, and waits for its end.
    return found.isFile() && found.size <= largestReport ? await readFile(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
