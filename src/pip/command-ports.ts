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
  const machine = { environment, home: homeFolder(), platform: process.platform, prefix, readFile: readOptional };
  return readPipConfiguration({ ...machine, verb, isolated });
}

/** Where the interpreter looks for its own `pip.conf` (`sys.prefix`), as far as its path tells. */
async function prefixOf(context: ProcessContext): Promise<string | undefined> {
  const { python } = await configuredPip(context).catch(() => ({ python: undefined }));
  if (python === undefined) return undefined;
  const above = (file: string) => path.dirname(path.dirname(file));
  const isVirtual = readOptional(path.join(above(python), 'pyvenv.cfg')) !== undefined;
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
