import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'smol-toml';
import * as v from 'valibot';
import { parseFilename } from '../index/filename.ts';
import { parseMarker, showMarker } from '../index/markers.ts';
import { isProjectName, normaliseName } from '../index/names.ts';
import type { Marker, MarkerValue } from '../index/types.ts';
import { parseToml } from '../toml.ts';
import type { LockSelection } from './lock-name.ts';

/** The pins of a lock file (pylock.toml, PEP 751). */
export type LockFile = {
  /** Requirements from an index: `name==version`, with the part of the marker that the selection does not decide. */
  readonly roots: readonly string[];
  /** Requirements from other sources, as lines of a requirements file with absolute paths. */
  readonly directReferences: readonly { readonly name: string; readonly text: string; readonly editable: boolean }[];
  /** Distribution files on this machine, and files without a sha256, which cannot be matched with the repository. */
  readonly unresolvedFiles: readonly {
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

/** Defines a source. Other entries are kept for pip. */
function source<Entries extends v.ObjectEntries>(entries: Entries) {
  const text = v.optional(v.string());
  return v.looseObject({ url: text, path: text, subdirectory: text, ...entries });
}

function distribution() {
  const text = v.optional(v.string());
  return v.looseObject({ name: text, url: text, path: text, hashes: v.record(v.string(), v.string()) });
}

/** Parses a lock file in `folder` (absolute); undefined when it is invalid. */
export function readLockFile(text: string, folder: string, selection: LockSelection): LockFile | undefined {
  const lock = parseLock(text);
  if (lock === undefined) return undefined;
  const groups = new Set(selection.groups);
  if (selection.defaultGroups) for (const group of lock['default-groups'] ?? []) groups.add(normaliseName(group));
  const fromIndex = lock.packages.filter((entry) => directReferenceOf(entry, folder) === undefined);
  return {
    roots: [...new Set(fromIndex.flatMap((entry) => rootOf(entry, { ...selection, groups })))],
    directReferences: lock.packages.flatMap((entry) => directReferenceOf(entry, folder) ?? []),
    unresolvedFiles: fromIndex.flatMap((entry) =>
      filesOf(entry)
        .map((file) => ({ name: entry.name, path: file.path, sha256: sha256Of(file) }))
        .filter(({ path: local, sha256 }) => local !== undefined || sha256 === undefined),
    ),
  };
}

/** A file with more packages is treated as hostile. */
const maxPackages = 10_000;

function parseLock(text: string): v.InferOutput<typeof lockFile> | undefined {
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

/**
 * Returns the direct reference of a package, by the first of its sources in pip's order. A path takes precedence over a
 * URL. Undefined for packages from an index.
 */
function directReferenceOf(
  { name, vcs, directory, archive }: Package,
  folder: string,
): LockFile['directReferences'][number] | undefined {
  const address = ({ path: local, url = '' }: Source) => (local === undefined ? url : fileAddress(folder, local));
  const subdirectoryFragment = ({ subdirectory }: Source) =>
    subdirectory === undefined ? '' : `#subdirectory=${subdirectory}`;
  if (vcs !== undefined) {
    const text = `${name} @ ${vcs.type}+${address(vcs)}@${vcs['commit-id']}${subdirectoryFragment(vcs)}`;
    return { name, text, editable: false };
  }
  if (directory !== undefined) {
    const text = fileAddress(folder, directory.path, directory.subdirectory ?? '');
    return { name, text, editable: directory.editable ?? false };
  }
  return archive && { name, text: `${name} @ ${address(archive)}${subdirectoryFragment(archive)}`, editable: false };
}

/** Returns the `file:` URL of a path. Encodes brackets, which would select extras. */
function fileAddress(...parts: readonly string[]): string {
  return pathToFileURL(path.resolve(...parts))
    .href.replaceAll('[', '%5B')
    .replaceAll(']', '%5D');
}

function rootOf(
  { name, version, marker, ...files }: Package,
  selection: Omit<LockSelection, 'defaultGroups'>,
): string[] {
  const filename = filesOf({ name, ...files }).map(filenameOf)[0] ?? '';
  const pinned = version ?? parseFilename(filename, normaliseName(name))?.version;
  const requirement = pinned === undefined ? name : `${name}==${pinned}`;
  const parsed = marker === undefined ? undefined : parseMarker(marker, lockVariables);
  // A package with an unreadable marker is vetted. pip decides whether to install it.
  const remaining = parsed === undefined ? true : evaluateSelection(parsed, selection);
  if (remaining === false) return [];
  return [remaining === true ? requirement : `${requirement}; ${showMarker(remaining)}`];
}

/** Marker variables of lock files, in addition to those of PEP 508. */
const lockVariables = { extras: 'extras', dependency_groups: 'dependency_groups' };

/** Evaluates the selection in a marker: returns true, false, or the remaining marker. */
function evaluateSelection(marker: Marker, selection: Omit<LockSelection, 'defaultGroups'>): Marker | boolean {
  if (marker.kind !== 'compare') {
    const left = evaluateSelection(marker.left, selection);
    if (left === (marker.kind === 'or')) return left;
    const right = evaluateSelection(marker.right, selection);
    if (typeof left === 'boolean' || right === (marker.kind === 'or')) return right;
    return typeof right === 'boolean' ? left : { ...marker, left, right };
  }
  const { left, operator, right } = marker;
  if (isLockVariable(left)) return true; // not allowed in a lock file: pip rejects it
  if (!isLockVariable(right)) return marker;
  const selectedNames = right.value === 'extras' ? selection.extras : selection.groups;
  return selectedNames.has(normaliseName(left.value)) === (operator === 'in');
}

function isLockVariable({ kind, value }: MarkerValue): boolean {
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
 * Returns a lock file in which every distribution file has a URL of the relay. The URL contains the digest, so only
 * that file of the vetted repository can be installed. Paths become absolute, so that the file can be moved.
 * Distribution files in `allowedFiles` keep their paths.
 */
export function redirectLockToRelay(
  text: string,
  { indexUrl, folder, allowedFiles }: { indexUrl: string; folder: string; allowedFiles: ReadonlySet<string> },
): string {
  const lock = parseLock(text);
  const redirect = (file: Distribution): Distribution => {
    if (file.path !== undefined && allowedFiles.has(file.path))
      return { ...file, path: path.resolve(folder, file.path) };
    const { path: _, ...rest } = file;
    const key = `${sha256Of(file)?.slice(0, 16)}/${encodeURIComponent(filenameOf(file))}`;
    return { ...rest, url: new URL(`../files/${key}`, indexUrl).href };
  };
  const withAbsolutePath = <Source extends { path?: string | undefined }>(from: Source): Source =>
    from.path === undefined ? from : { ...from, path: path.resolve(folder, from.path) };
  const packages = lock?.packages.map(({ sdist, wheels, vcs, directory, archive, ...rest }) => ({
    ...rest,
    ...(vcs && { vcs: withAbsolutePath(vcs) }),
    ...(directory && { directory: withAbsolutePath(directory) }),
    ...(archive && { archive: withAbsolutePath(archive) }),
    ...(sdist && { sdist: redirect(sdist) }),
    ...(wheels && { wheels: wheels.map(redirect) }),
  }));
  return stringify({ ...lock, packages });
}
