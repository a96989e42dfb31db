import { realpathSync } from 'node:fs';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { homeFolder, temporaryFolder, workingFolder } from '../folders.ts';
import type { ProcessContext } from '../process-context.ts';
import { type AllowedSources, noAllowedSources, parseAllowedSources } from './allowed-sources.ts';
import { type PipConfiguration, readPipConfiguration } from './configuration.ts';
import { configuredPip } from './configured-pip.ts';
import type { PipContext } from './environment.ts';
import { localFiles } from './files.ts';
import type { PipCommand } from './grammar.ts';
import { readOptional } from './machine-configuration.ts';
import type { RootsPorts } from './roots.ts';

/** Returns the ports for reading a command line and the files it names, with pip's configuration for the verb. */
export async function rootsPorts(context: ProcessContext, command: PipCommand): Promise<RootsPorts> {
  return {
    folder: workingFolder(),
    variables: context.environment,
    files: localFiles(temporaryFolder()),
    configuration: await pipConfiguration(context, command),
    home: homeFolder(),
    allowed: allowedSources(context),
    now: context.now,
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
  const prefixOfPython = (file: string) => path.dirname(path.dirname(file));
  const isVirtual = readOptional(path.join(prefixOfPython(python), 'pyvenv.cfg')) !== undefined;
  return prefixOfPython(isVirtual ? python : await localFiles('').realPath(python));
}

/**
 * Returns the unvetted sources that the setting `open` allows.
 *
 * @throws {AwspipError} `open-invalid` (configuration).
 */
export function allowedSources({ settings }: ProcessContext): AllowedSources {
  if (settings.open === undefined) return noAllowedSources;
  const allowed = parseAllowedSources(settings.open);
  if (allowed !== undefined) return { ...allowed, folders: allowed.folders.map(withoutLinks) };
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
export function pipContext(context: ProcessContext, command: Pick<PipCommand, 'isolated'>): PipContext {
  return {
    stdout: process.stdout.isTTY === true,
    stderr: process.stderr.isTTY === true,
    isolated: command.isolated,
    keepVariables: context.settings.keepVariables,
    allowed: allowedSources(context),
  };
}
