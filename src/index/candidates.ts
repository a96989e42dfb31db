import { type ParsedFilename, parseFilename } from './filename.ts';
import { pythonVersion, wheelRank } from './tags.ts';
import type { IndexFile, ProjectName, ProjectPage, TargetEnvironment } from './types.ts';
import { compareVersions, isPrerelease, isSpecifier, normaliseVersion, satisfies, versionKey } from './versions.ts';

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

type ReleaseFile = { readonly file: IndexFile; readonly parsed: ParsedFilename };

/** Returns the releases of a project, newest first, each with the file that pip would choose. */
export function candidates(page: ProjectPage, environment: TargetEnvironment, control: FormatControl): Candidate[] {
  const kinds = allowedKinds(page.name, control);
  return [...groupByVersion(page).values()]
    .map((files) => toCandidate(files, environment, kinds))
    .sort((a, b) => compareVersions(b.version, a.version));
}

function groupByVersion({ name, files }: ProjectPage): Map<string, ReleaseFile[]> {
  const byVersion = new Map<string, ReleaseFile[]>();
  for (const file of files) {
    const parsed = parseFilename(file.filename, name);
    if (parsed === undefined) continue;
    // `1.0` and `1.0.0` are one release (PEP 440), and so are `1.0-rc1` and `1.0rc1`.
    const key = versionKey(parsed.version);
    const siblings = byVersion.get(key);
    if (siblings === undefined) byVersion.set(key, [{ file, parsed }]);
    else siblings.push({ file, parsed });
  }
  return byVersion;
}

function toCandidate(
  files: readonly ReleaseFile[],
  environment: TargetEnvironment,
  kinds: ReadonlySet<ParsedFilename['kind']>,
): Candidate {
  const spellings = files.map(({ parsed }) => parsed.version);
  const version = spellings.find((spelling) => spelling === normaliseVersion(spelling)) ?? spellings[0] ?? '';
  const best = chooseFile(files, environment, kinds);
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
function chooseFile(
  files: readonly ReleaseFile[],
  environment: TargetEnvironment,
  kinds: ReadonlySet<ParsedFilename['kind']>,
): ReleaseFile | undefined {
  let best: { candidateFile: ReleaseFile; rank: number } | undefined;
  for (const candidateFile of files) {
    const rank = kinds.has(candidateFile.parsed.kind) ? rankOf(candidateFile, environment) : undefined;
    if (rank !== undefined && (best === undefined || rank > best.rank)) best = { candidateFile: candidateFile, rank };
  }
  return best?.candidateFile;
}

/** Higher than any rank that a tag gives. */
const notYanked = 1_000_000;

function rankOf({ file, parsed }: ReleaseFile, environment: TargetEnvironment): number | undefined {
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
