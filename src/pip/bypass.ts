import path from 'node:path';
import { parseFilename } from '../index/filename.ts';
import { compareVersions } from '../index/versions.ts';
import {
  type AllowedSources,
  allowanceOf,
  allowanceOfLink,
  allowanceOfRepository,
  isAllowedLink,
  isAllowedPath,
  isAllowedRepository,
  noAllowedSources,
} from './allowed-sources.ts';
import type { FilePort } from './files.ts';
import type { PipCommand } from './grammar.ts';
import type { InstalledRelease } from './installed-release.ts';
import { isInOwnProject } from './own-project.ts';
import type { Target } from './targets.ts';
import { sourceOfOption, type UnvettedSource, withoutCredentials } from './unvetted-source.ts';

/** The working folder of a command, and the sources that its user allowed. */
export type BypassPorts = {
  readonly folder: string;
  readonly files: FilePort;
  readonly home?: string | undefined;
  readonly allowed?: AllowedSources | undefined;
};

/** Returns the unvetted sources that the options of a command line name, without the allowed ones. */
export async function unvettedOptions({ options }: PipCommand, ports: BypassPorts): Promise<UnvettedSource[]> {
  const sources = await Promise.all(options.map((option) => unvettedOption(option, 'argument', ports)));
  return sources.filter((unvetted) => unvetted !== undefined);
}

/** Returns the unvetted source that an option names; undefined for other options and allowed sources. */
export async function unvettedOption(
  option: { readonly name: string; readonly value?: string },
  where: string,
  ports: BypassPorts,
): Promise<UnvettedSource | undefined> {
  const { allowed = noAllowedSources } = ports;
  const source = sourceOfOption(option, where);
  // `--no-index` is safe with allowed folders, because only `--find-links` remains.
  if (source?.kind === 'no-index' && allowed.folders.length > 0) return undefined;
  if (source?.kind !== 'find-links') return source;
  const { value = '' } = option;
  if (await isAllowedLink(value, where, { ...ports, allowed })) return undefined;
  return { ...source, allowedBy: await allowanceOfLink(value, where, ports) };
}

/** Checks whether the user allowed the source of a target. */
async function isAllowedTarget(
  { sourceKind, value, file }: Extract<Target, { kind: 'unvetted' }>,
  { allowed = noAllowedSources, files }: BypassPorts,
): Promise<boolean> {
  if (sourceKind === 'vcs') return isAllowedRepository(value, allowed);
  return file !== undefined && isAllowedPath(await files.realPath(file), allowed);
}

/** Returns the unvetted source of a target; undefined for index requirements and allowed sources. */
export async function unvettedTarget(
  target: Target,
  where: string,
  ports: BypassPorts,
): Promise<UnvettedSource | undefined> {
  if (target.kind === 'project') {
    const { folder, value } = target;
    if (await isOwnProject(folder, ports)) return undefined;
    const allowedBy = allowanceOf([await ports.files.realPath(folder)]);
    return { kind: 'project', where, value: withoutCredentials(value), allowedBy };
  }
  if (target.kind !== 'unvetted' || (await isAllowedTarget(target, ports))) return undefined;
  const { sourceKind: kind, value } = target;
  return { kind, where, value: withoutCredentials(value), allowedBy: await allowanceOfTarget(target, ports) };
}

async function allowanceOfTarget(
  { sourceKind, value, file }: Extract<Target, { kind: 'unvetted' }>,
  { files }: BypassPorts,
): Promise<string | undefined> {
  if (sourceKind === 'vcs') return allowanceOfRepository(value);
  return file === undefined ? undefined : allowanceOf([path.dirname(await files.realPath(file))]);
}

/** Checks whether a folder belongs to the user's own project or is allowed. */
export async function isOwnProject(folder: string, ports: BypassPorts): Promise<boolean> {
  const realFolder = await ports.files.realPath(folder);
  return isAllowedPath(realFolder, ports.allowed ?? noAllowedSources) || isInOwnProject(realFolder, ports);
}

/** Checks whether an unvetted release may be installed: it is the user's own project, or its source is allowed. */
export async function isAllowedInstall(release: InstalledRelease, ports: BypassPorts): Promise<boolean> {
  const { from } = release;
  const { allowed = noAllowedSources, files } = ports;
  if (from.kind === 'repository') return isAllowedRepository(from.url, allowed);
  if (from.kind === 'folder') return from.path !== undefined && (await isOwnProject(from.path, ports));
  // Installed metadata does not record that a file comes from a `--find-links` folder.
  if (from.kind === 'unknown') return isInAllowedFolder(release, allowed, files);
  return (
    from.kind === 'local-file' && from.path !== undefined && isAllowedPath(await files.realPath(from.path), allowed)
  );
}

async function isInAllowedFolder(
  { name, version }: Pick<InstalledRelease, 'name' | 'version'>,
  { folders }: AllowedSources,
  files: FilePort,
): Promise<boolean> {
  const names = (await Promise.all(folders.map((folder) => files.namesBelow(folder)))).flat();
  return names.some((filename) => {
    const found = parseFilename(filename, name)?.version;
    return found !== undefined && compareVersions(found, version) === 0;
  });
}
