import type { FilePort } from './files.ts';
import type { PipCommand } from './grammar.ts';
import type { InstalledRelease } from './installed-files.ts';
import { isOpenLink, isOpenPath, isOpenRepository, nothingOpen, type OpenSources } from './open-sources.ts';
import { isOwn } from './own-project.ts';
import type { Target } from './targets.ts';
import { type UnvettedSource, unvettedOption, withoutCredentials } from './unvetted-source.ts';

/** Where a command stands, and what somebody has opened to it. */
export type BypassPorts = {
  readonly folder: string;
  readonly files: FilePort;
  readonly home?: string | undefined;
  readonly open?: OpenSources | undefined;
};

/** Where the options of a command line would lead, as far as nobody opened it. */
export async function unvettedOptions({ options }: PipCommand, ports: BypassPorts): Promise<UnvettedSource[]> {
  const found = await Promise.all(options.map((option) => closedOption(option, 'argument', ports)));
  return found.filter((unvetted) => unvetted !== undefined);
}

/** Where one option would lead; undefined for one that leads nowhere, or to what is open. */
export async function closedOption(
  option: { readonly name: string; readonly value?: string },
  where: string,
  ports: BypassPorts,
): Promise<UnvettedSource | undefined> {
  const { open = nothingOpen } = ports;
  const found = unvettedOption(option, where);
  // Without an index there is only what `--find-links` names.
  if (found?.what === 'no-index' && open.folders.length > 0) return undefined;
  const opened = found?.what === 'find-links' && (await isOpenLink(option.value ?? '', where, { ...ports, open }));
  return opened ? undefined : found;
}

/** Checks whether somebody opened what a target names. */
async function isOpenTarget(
  { what, value, file }: Extract<Target, { kind: 'unvetted' }>,
  { open = nothingOpen, files }: BypassPorts,
): Promise<boolean> {
  if (what === 'vcs') return isOpenRepository(value, open);
  return file !== undefined && isOpenPath(await files.realPath(file), open);
}

/** What comes from elsewhere than an index and was opened by nobody; undefined for the rest. */
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

/** Checks whether a folder is part of the project that the command stands in, or open. */
export async function isOwnProject(folder: string, ports: BypassPorts): Promise<boolean> {
  const real = await ports.files.realPath(folder);
  return isOpenPath(real, ports.open ?? nothingOpen) || isOwn(real, ports);
}

/** Checks whether something may lie in place although nothing has vetted it: the own project, and what somebody opened. */
export async function isAllowedInstall(from: InstalledRelease['from'], ports: BypassPorts): Promise<boolean> {
  const { open = nothingOpen, files } = ports;
  if (from.kind === 'repository') return isOpenRepository(from.address, open);
  if (from.kind === 'folder') return from.path !== undefined && (await isOwnProject(from.path, ports));
  return from.kind === 'local-file' && from.path !== undefined && isOpenPath(await files.realPath(from.path), open);
}
