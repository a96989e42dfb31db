import type { FilePort } from './files.ts';
import type { PipCommand } from './grammar.ts';
import type { InstalledRelease } from './installed-files.ts';
import { isOpenLink, isOpenPath, isOpenRepository, nothingOpen, type OpenSources } from './open-sources.ts';
import { isOwn } from './own-project.ts';
import type { Target } from './targets.ts';
import { type UnvettedSource, unvettedOption, withoutCredentials } from './unvetted-source.ts';

/** The working folder of a command, and the sources that its user allowed. */
export type BypassPorts = {
  readonly folder: string;
  readonly files: FilePort;
  readonly home?: string | undefined;
  readonly open?: OpenSources | undefined;
};

/** Returns the unvetted sources that the options of a command line name, without the allowed ones. */
export async function unvettedOptions({ options }: PipCommand, ports: BypassPorts): Promise<UnvettedSource[]> {
  const found = await Promise.all(options.map((option) => closedOption(option, 'argument', ports)));
  return found.filter((unvetted) => unvetted !== undefined);
}

/** Returns the unvetted source that an option names; undefined for other options and allowed sources. */
export async function closedOption(
  option: { readonly name: string; readonly value?: string },
  where: string,
  ports: BypassPorts,
): Promise<UnvettedSource | undefined> {
  const { open = nothingOpen } = ports;
  const found = unvettedOption(option, where);
  // `--no-index` is safe with allowed folders, because only `--find-links` remains.
  if (found?.what === 'no-index' && open.folders.length > 0) return undefined;
  const opened = found?.what === 'find-links' && (await isOpenLink(option.value ?? '', where, { ...ports, open }));
  return opened ? undefined : found;
}

/** Checks whether the user allowed the source of a target. */
async function isOpenTarget(
  { what, value, file }: Extract<Target, { kind: 'unvetted' }>,
  { open = nothingOpen, files }: BypassPorts,
): Promise<boolean> {
  if (what === 'vcs') return isOpenRepository(value, open);
  return file !== undefined && isOpenPath(await files.realPath(file), open);
}

/** Returns the unvetted source of a target; undefined for index requirements and allowed sources. */
export async function unvettedTarget(
  target: Target,
  where: string,
  ports: BypassPorts,
): Promise<UnvettedSource | undefined> {
  if (target.kind === 'project') {
    const { folder, value } = target;
    const own = await isOwnProject(folder, ports);
    return own ? undefined : { what: 'project', where, value: withoutCredentials(value) };
  }
  if (target.kind !== 'unvetted' || (await isOpenTarget(target, ports))) return undefined;
  return { what: target.what, where, value: withoutCredentials(target.value) };
}

/** Checks whether a folder belongs to the user's own project or is allowed. */
export async function isOwnProject(folder: string, ports: BypassPorts): Promise<boolean> {
  const real = await ports.files.realPath(folder);
  return isOpenPath(real, ports.open ?? nothingOpen) || isOwn(real, ports);
}

/** Checks whether an unvetted release may be installed: it is the user's own project, or its source is allowed. */
export async function isAllowedInstall(from: InstalledRelease['from'], ports: BypassPorts): Promise<boolean> {
  const { open = nothingOpen, files } = ports;
  if (from.kind === 'repository') return isOpenRepository(from.address, open);
  if (from.kind === 'folder') return from.path !== undefined && (await isOwnProject(from.path, ports));
  return from.kind === 'local-file' && from.path !== undefined && isOpenPath(await files.realPath(from.path), open);
}
