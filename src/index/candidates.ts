import { openSlices } from '../slices.ts';
import { type ParsedFilename, parseFilename } from './filename.ts';
import { compareParsed, type ParsedVersion, parseVersion } from './parsed-version.ts';
import { pythonVersion, wheelRank } from './tags.ts';
import type { IndexFile, ProjectName, ProjectPage, TargetEnvironment } from './types.ts';
import { compareVersions, isPrerelease, isSpecifier, satisfies } from './versions.ts';

/** One release of a project, as pip on one interpreter sees it. */
export type Candidate = {
  /** The PEP 440 normal form if a file uses it, otherwise the spelling of the first file. */
  readonly version: string;
  /** Whether pip installs it only when pinned, because its best file is yanked (PEP 592). */
  readonly yanked: boolean;
  readonly prerelease: boolean;
  /** ISO 8601 time of the first upload. Undefined when the index gives no upload times. */
  readonly uploadTime?: string | undefined;
  /** Every distribution file of the release, for any interpreter. */
  readonly files: readonly IndexFile[];
  /** The file that pip would choose. Undefined when no file matches the tags, Python version and formats. */
  readonly best: { readonly file: IndexFile; readonly kind: ParsedFilename['kind'] } | undefined;
};

/** pip's `--only-binary` and `--no-binary`: normalised project names or `:all:`. */
export type FormatControl = { readonly onlyBinary: readonly string[]; readonly noBinary: readonly string[] };

/** A file of a release, and how much pip prefers it; undefined when pip cannot use it. */
type ReleaseFile = {
  readonly file: IndexFile;
  readonly parsed: ParsedFilename;
  readonly version: ParsedVersion | undefined;
  readonly rank: number | undefined;
};

/** Returns the releases of a project, newest first, each with the file that pip would choose. */
export function candidates(page: ProjectPage, environment: TargetEnvironment, control: FormatControl): Candidate[] {
  const read = fileReader(page, environment, control);
  return toCandidates(page.files.flatMap((file) => read(file) ?? []));
}

/** Returns the same. Other work of the process runs between the slices of a large page. */
export async function candidatesInSlices(
  page: ProjectPage,
  environment: TargetEnvironment,
  control: FormatControl,
): Promise<Candidate[]> {
  const read = fileReader(page, environment, control);
  const slices = openSlices();
  const files: ReleaseFile[] = [];
  for (const file of page.files) {
    const found = read(file);
    if (found !== undefined) files.push(found);
    await slices.next();
  }
  return toCandidates(files);
}

/** Returns a function that reads the name and the rank of a file; undefined for a file that pip ignores. */
function fileReader(
  { name }: ProjectPage,
  environment: TargetEnvironment,
  control: FormatControl,
): (file: IndexFile) => ReleaseFile | undefined {
  const kinds = allowedKinds(name, control);
  return (file) => {
    const parsed = parseFilename(file.filename, name);
    if (parsed === undefined) return undefined;
    const rank = kinds.has(parsed.kind) ? rankOf(file, parsed, environment) : undefined;
    return { file, parsed, version: parseVersion(parsed.version), rank };
  };
}

function toCandidates(files: readonly ReleaseFile[]): Candidate[] {
  // `1.0` and `1.0.0` are one release (PEP 440), and so are `1.0-rc1` and `1.0rc1`.
  const byVersion = new Map<string, ReleaseFile[]>();
  for (const file of files) {
    const key = file.version?.key ?? file.parsed.version;
    const siblings = byVersion.get(key);
    if (siblings === undefined) byVersion.set(key, [file]);
    else siblings.push(file);
  }
  return [...byVersion.values()].sort(newestFirst).map(toCandidate);
}

function newestFirst([a]: readonly ReleaseFile[], [b]: readonly ReleaseFile[]): number {
  if (a?.version !== undefined && b?.version !== undefined) return compareParsed(b.version, a.version);
  return compareVersions(b?.parsed.version ?? '', a?.parsed.version ?? '');
}

function toCandidate(files: readonly ReleaseFile[]): Candidate {
  const normal = files.find((file) => file.parsed.version === file.version?.normal);
  const version = (normal ?? files[0])?.parsed.version ?? '';
  const best = chooseFile(files);
  const uploadTimes = files.flatMap(({ file }) => (file.uploadTime === undefined ? [] : [file.uploadTime]));
  return {
    version,
    yanked: best === undefined ? files.every(({ file }) => file.yanked !== false) : best.file.yanked !== false,
    prerelease: isPrerelease(version),
    uploadTime: uploadTimes.sort()[0],
    files: files.map(({ file }) => file),
    best: best === undefined ? undefined : { file: best.file, kind: best.parsed.kind },
  };
}

/** Returns the file that pip prefers: not yanked first, then by wheel tag, build number, and sdists last. */
function chooseFile(files: readonly ReleaseFile[]): ReleaseFile | undefined {
  let best: { readonly chosen: ReleaseFile; readonly rank: number } | undefined;
  for (const chosen of files) {
    const { rank } = chosen;
    if (rank !== undefined && (best === undefined || rank > best.rank)) best = { chosen, rank };
  }
  return best?.chosen;
}

/** Higher than any rank that a tag gives. */
const notYanked = 1_000_000;

function rankOf(file: IndexFile, parsed: ParsedFilename, environment: TargetEnvironment): number | undefined {
  if (!supportsPython(file.requiresPython, environment)) return undefined;
  const rank = isWheel(parsed) ? wheelRank(parsed, environment) : sdistRank(parsed, environment);
  return rank === undefined ? undefined : rank + (file.yanked === false ? notYanked : 0);
}

function isWheel(parsed: ParsedFilename): parsed is ParsedFilename & { kind: 'wheel' } {
  return parsed.kind === 'wheel';
}

/** Returns a rank below every wheel. The name of some old sdists limits them to one Python version. */
function sdistRank({ pythonTags }: ParsedFilename, environment: TargetEnvironment): number | undefined {
  const [minor = ''] = /^\d+(?:\.\d+)?/.exec(pythonVersion(environment)) ?? [];
  return pythonTags.length === 0 || pythonTags.includes(minor) ? 0 : undefined;
}

/** Checks whether `Requires-Python` allows an interpreter. An invalid specifier is ignored, as in pip. */
export function supportsPython(requiresPython: string | undefined, environment: TargetEnvironment): boolean {
  const { markers, target } = environment;
  if (target?.any === true || requiresPython === undefined || !isSpecifier(requiresPython)) return true;
  // pip compares `sys.version_info[:3]`, so 3.14.0rc1 counts as 3.14.0.
  const versionText = target?.version ?? markers.python_full_version ?? pythonVersion(environment);
  const python = /^\d+(?:\.\d+){0,2}/.exec(versionText)?.[0];
  return python === undefined || satisfies(python, requiresPython, { prereleases: true });
}

/**
 * Returns the formats that pip accepts for a project. A project's name takes precedence over `:all:`, and
 * `--only-binary` over `--no-binary`, as in pip.
 */
function allowedKinds(name: ProjectName, { onlyBinary, noBinary }: FormatControl): ReadonlySet<ParsedFilename['kind']> {
  if (onlyBinary.includes(name)) return new Set(['wheel']);
  if (noBinary.includes(name)) return new Set(['sdist']);
  if (onlyBinary.includes(':all:')) return new Set(['wheel']);
  return new Set(noBinary.includes(':all:') ? ['sdist'] : ['wheel', 'sdist']);
}
