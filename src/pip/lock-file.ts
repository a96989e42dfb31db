import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'smol-toml';
import * as v from 'valibot';
import { parseFilename } from '../index/filename.ts';
import { parseMarker, showMarker } from '../index/markers.ts';
import { isProjectName, normaliseName } from '../index/names.ts';
import type { Marker, MarkerValue } from '../index/types.ts';
import { parseToml } from '../toml.ts';
import type { LockChoice } from './lock-name.ts';

/** What a lock file (pylock.toml, PEP 751) pins. */
export type LockFile = {
  /** What comes from an index: `name==version`, with the part of its marker that the choice leaves open. */
  readonly roots: readonly string[];
  /** What comes from no index, as a line of a requirements file would say it; paths absolute. */
  readonly elsewhere: readonly { readonly name: string; readonly text: string; readonly editable: boolean }[];
  /** Distribution files on this machine, and those nobody could tell which file of the repository is meant. */
  readonly irregular: readonly {
    readonly name: string;
    /** As written. */
    readonly path?: string | undefined;
    readonly sha256: string | undefined;
  }[];
};

const lockFile = v.looseObject({
  'default-groups': v.optional(v.array(v.string())),
  packages: v.array(
    v.looseObject({
      name: v.string(),
      version: v.optional(v.string()),
      marker: v.optional(v.string()),
      vcs: v.optional(source({ type: v.string(), 'commit-id': v.string() })),
      directory: v.optional(source({ path: v.string(), editable: v.optional(v.boolean()) })),
      archive: v.optional(source({})),
      sdist: v.optional(distribution()),
      wheels: v.optional(v.array(distribution())),
    }),
  ),
});

type Package = v.InferOutput<typeof lockFile>['packages'][number];
type Distribution = NonNullable<Package['sdist']>;

type Source = Readonly<Partial<Record<'path' | 'url' | 'subdirectory', string | undefined>>>;

/** Entries besides these are pip's matter. */
function source<Entries extends v.ObjectEntries>(entries: Entries) {
  const text = v.optional(v.string());
  return v.looseObject({ url: text, path: text, subdirectory: text, ...entries });
}

function distribution() {
  const text = v.optional(v.string());
  return v.looseObject({ name: text, url: text, path: text, hashes: v.record(v.string(), v.string()) });
}

/** Reads a lock file that lies in `folder` (absolute); undefined when it is none. */
export function readLockFile(text: string, folder: string, choice: LockChoice): LockFile | undefined {
  const read = readLock(text);
  if (read === undefined) return undefined;
  const groups = new Set(choice.groups);
  if (choice.defaultGroups) for (const group of read['default-groups'] ?? []) groups.add(normaliseName(group));
  const fromIndex = read.packages.filter((one) => targetOf(one, folder) === undefined);
  return {
    roots: [...new Set(fromIndex.flatMap((one) => rootOf(one, { ...choice, groups })))],
    elsewhere: read.packages.flatMap((one) => targetOf(one, folder) ?? []),
    irregular: fromIndex.flatMap((one) =>
      filesOf(one)
        .map((file) => ({ name: one.name, path: file.path, sha256: sha256Of(file) }))
        .filter(({ path: local, sha256 }) => local !== undefined || sha256 === undefined),
    ),
  };
}

/** More, and it is hostile rather than large. */
const maxPackages = 10_000;

function readLock(text: string): v.InferOutput<typeof lockFile> | undefined {
  try {
    const { success, output } = v.safeParse(lockFile, parseToml(text));
    if (!success || output.packages.length > maxPackages) return undefined;
    return output.packages.every(({ name }) => isProjectName(name)) ? output : undefined;
  } catch {
    return undefined;
  }
}

function filesOf({ sdist, wheels = [] }: Package): readonly Distribution[] {
  return sdist === undefined ? wheels : [...wheels, sdist];
}

/** A package that comes from no index, by the first of its sources in pip's order; a path counts before an address. */
function targetOf(
  { name, vcs, directory, archive }: Package,
  folder: string,
): LockFile['elsewhere'][number] | undefined {
  const address = ({ path: local, url = '' }: Source) => (local === undefined ? url : fileAddress(folder, local));
  const below = ({ subdirectory }: Source) => (subdirectory === undefined ? '' : `#subdirectory=${subdirectory}`);
  if (vcs !== undefined) {
    const text = `${name} @ ${vcs.type}+${address(vcs)}@${vcs['commit-id']}${below(vcs)}`;
    return { name, text, editable: false };
  }
  if (directory !== undefined) {
    const text = fileAddress(folder, directory.path, directory.subdirectory ?? '');
    return { name, text, editable: directory.editable ?? false };
  }
  return archive && { name, text: `${name} @ ${address(archive)}${below(archive)}`, editable: false };
}

/** Brackets in a folder's name choose no extras. */
function fileAddress(...parts: readonly string[]): string {
  return pathToFileURL(path.resolve(...parts))
    .href.replaceAll('[', '%5B')
    .replaceAll(']', '%5D');
}

function rootOf({ name, version, marker, ...files }: Package, choice: Omit<LockChoice, 'defaultGroups'>): string[] {
  const filename = filesOf({ name, ...files }).map(filenameOf)[0] ?? '';
  const pinned = version ?? parseFilename(filename, normaliseName(name))?.version;
  const requirement = pinned === undefined ? name : `${name}==${pinned}`;
  const parsed = marker === undefined ? undefined : parseMarker(marker, lockVariables);
  // A marker that cannot be read leaves a package in: it is vetted, and whether it is installed is pip's to say.
  const left = parsed === undefined ? true : choose(parsed, choice);
  if (left === false) return [];
  return [left === true ? requirement : `${requirement}; ${showMarker(left)}`];
}

/** Variables that markers of lock files have beside those of PEP 508. */
const lockVariables = { extras: 'extras', dependency_groups: 'dependency_groups' };

/** A marker with what is chosen filled in: true, false, or what is left of it. */
function choose(marker: Marker, choice: Omit<LockChoice, 'defaultGroups'>): Marker | boolean {
  if (marker.kind !== 'compare') {
    const left = choose(marker.left, choice);
    if (left === (marker.kind === 'or')) return left;
    const right = choose(marker.right, choice);
    if (typeof left === 'boolean' || right === (marker.kind === 'or')) return right;
    return typeof right === 'boolean' ? left : { ...marker, left, right };
  }
  const { left, operator, right } = marker;
  if (isOfLocks(left)) return true; // no form that a lock file may have: pip refuses it
  if (!isOfLocks(right)) return marker;
  const chosen = right.value === 'extras' ? choice.extras : choice.groups;
  return chosen.has(normaliseName(left.value)) === (operator === 'in');
}

function isOfLocks({ kind, value }: MarkerValue): boolean {
  return kind === 'variable' && value in lockVariables;
}

function filenameOf({ name, path: file, url }: Distribution): string {
  if (name !== undefined) return name;
  const last = (file ?? url ?? '').split(/[?#]/, 1)[0]?.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function sha256Of({ hashes }: Distribution): string | undefined {
  const digest = hashes.sha256?.toLowerCase();
  return digest !== undefined && /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

/**
 * A lock file, as `readLockFile` takes it, in which the relay stands for every address of a distribution file. By
 * digest: whatever address was written, only that very file can come, and only from the vetted repository. Paths
 * become absolute, so that it means the same in any folder; distribution files in `kept` stay where they are.
 */
export function lockTowardsRelay(
  text: string,
  { indexUrl, folder, kept }: { indexUrl: string; folder: string; kept: ReadonlySet<string> },
): string {
  const read = readLock(text);
  const relayed = (file: Distribution): Distribution => {
    if (file.path !== undefined && kept.has(file.path)) return { ...file, path: path.resolve(folder, file.path) };
    const { path: _, ...rest } = file;
    const key = `${sha256Of(file)?.slice(0, 16)}/${encodeURIComponent(filenameOf(file))}`;
    return { ...rest, url: new URL(`../files/${key}`, indexUrl).href };
  };
  const absolute = <Source extends { path?: string | undefined }>(from: Source): Source =>
    from.path === undefined ? from : { ...from, path: path.resolve(folder, from.path) };
  const packages = read?.packages.map(({ sdist, wheels, vcs, directory, archive, ...rest }) => ({
    ...rest,
    ...(vcs && { vcs: absolute(vcs) }),
    ...(directory && { directory: absolute(directory) }),
    ...(archive && { archive: absolute(archive) }),
    ...(sdist && { sdist: relayed(sdist) }),
    ...(wheels && { wheels: wheels.map(relayed) }),
  }));
  return stringify({ ...read, packages });
}
