import { realpathSync } from 'node:fs';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { homeFolder, temporaryFolder, workingFolder } from '../folders.ts';
import type { ProcessContext } from '../process-context.ts';
import { type PipConfiguration, readPipConfiguration } from './configuration.ts';
import { configuredPip } from './configured-pip.ts';
import type { PipSurroundings } from './environment.ts';
import { localFiles } from './files.ts';
import type { PipCommand } from './grammar.ts';
import { readOptional } from './machine-configuration.ts';
import { nothingOpen, type OpenSources, parseOpenSources } from './open-sources.ts';
import type { RootsPorts } from './roots.ts';

/** Returns the ports for reading a command line and the files it names, with pip's configuration for the verb. */
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

/**
 * Reads pip's configuration for a verb.
 *
 * @throws {AwspipError} `pip-configuration` for a file that pip rejects too.
 */
export async function pipConfiguration(
  context: ProcessContext,
  { verb, isolated }: PipCommand,
): Promise<PipConfiguration> {
  const { environment } = context;
  const prefix = environment.VIRTUAL_ENV ?? (await prefixOf(context));
  const machine = { environment, home: homeFolder(), platform: process.platform, prefix, readFile: readOptional };
  return readPipConfiguration({ ...machine, verb, isolated });
}

/** Returns the folder of the interpreter's own `pip.conf` (`sys.prefix`), derived from its path. */
async function prefixOf(context: ProcessContext): Promise<string | undefined> {
  const { python } = await configuredPip(context).catch(() => ({ python: undefined }));
  if (python === undefined) return undefined;
  const above = (file: string) => path.dirname(path.dirname(file));
  const isVirtual = readOptional(path.join(above(python), 'pyvenv.cfg')) !== undefined;
  return above(isVirtual ? python : await localFiles('').realPath(python));
}

/**
 * Returns the unvetted sources that the setting `open` allows.
 *
 * @throws {AwspipError} `open-invalid` (configuration).
 */
export function openSources({ settings }: ProcessContext): OpenSources {
  if (settings.open === undefined) return nothingOpen;
  const open = parseOpenSources(settings.open);
  if (open !== undefined) return { ...open, folders: open.folders.map(withoutLinks) };
  throw new AwspipError('open-invalid', `\`open\` is not valid: \`${settings.open}\``, {
    exit: 'configuration',
    hint: 'set `open` to comma-separated absolute folders and URL prefixes such as `git+https://git.example/team/`',
  });
}

function withoutLinks(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** Returns the options of every pip that runs through the relay. */
export function surroundings(context: ProcessContext, command: Pick<PipCommand, 'isolated'>): PipSurroundings {
  return {
    stdout: process.stdout.isTTY === true,
    stderr: process.stderr.isTTY === true,
    isolated: command.isolated,
    keep: context.settings.keepVariables,
    open: openSources(context),
  };
}
