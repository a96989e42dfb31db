import { isProjectName, normaliseName } from './names.ts';
import type { ProjectName } from './types.ts';
import { isVersion } from './versions.ts';

/** The parts of a distribution file's name. */
export type ParsedFilename = {
  readonly kind: 'wheel' | 'sdist';
  /** As spelled in the file name. */
  readonly version: string;
  /** Build number of a wheel. It breaks ties: the higher number wins. */
  readonly build?: { readonly number: number; readonly suffix: string } | undefined;
  /** `py3`, `cp312`. For an sdist, the one Python version (`2.7`) that its name gives, if any. */
  readonly pythonTags: readonly string[];
  readonly abiTags: readonly string[];
  readonly platformTags: readonly string[];
};
export type ParsedWheel = ParsedFilename & { readonly kind: 'wheel' };

/** The archive extensions that pip unpacks. */
const archiveExtensions = [
  ['.tar.lzma', '.tar.bz2'],
  ['.tar.gz', '.tar.xz', '.tar.lz'],
  ['.zip', '.tgz', '.tbz', '.txz', '.tlz', '.tar'],
].flat();
const maxFilenameLength = 512;

/**
 * Parses the name of a distribution file of a project.
 *
 * Undefined when pip would ignore the file: it belongs to another project, pip cannot open the archive, or the version
 * is not valid (PEP 440).
 */
export function parseFilename(filename: string, name: ProjectName): ParsedFilename | undefined {
  if (!isPlainFilename(filename)) return undefined;
  const lower = filename.toLowerCase();
  if (lower.endsWith('.whl')) return parseWheel(filename.slice(0, -'.whl'.length), name);
  const extension = archiveExtensions.find((candidate) => lower.endsWith(candidate));
  if (extension === undefined || (extension === '.zip' && lower.includes('macosx10'))) return undefined;
  return parseSdist(filename.slice(0, -extension.length), name);
}

/** Returns the project that a file's name names. An sdist's name ends at the last `-` (PEP 625). */
export function projectOfFilename(filename: string): ProjectName | undefined {
  const name = /\.whl$/i.test(filename) ? filename.split('-', 1)[0] : filename.slice(0, filename.lastIndexOf('-'));
  return name !== undefined && isProjectName(name) ? normaliseName(name) : undefined;
}

/** Checks whether a text is a plain file name: no folders, no control characters, limited length. */
export function isPlainFilename(filename: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern rejects control characters
  return filename.length <= maxFilenameLength && /^[^/\\\0-\x1f\x7f]+$/.test(filename) && !/^\.+$/.test(filename);
}

/** Parses `name-version[-build]-python-abi-platform` (binary distribution format specification). */
function parseWheel(stem: string, name: ProjectName): ParsedFilename | undefined {
  const parts = stem.split('-');
  if (parts.length !== 5 && parts.length !== 6) return undefined;
  const [project = '', versionText = ''] = parts;
  const [python = '', abi = '', platform = ''] = parts.slice(-3);
  const build = parts.length === 6 ? parseBuild(parts[2] ?? '') : undefined;
  // Old wheels write `_` where the version has `-`.
  const version = isVersion(versionText) ? versionText : versionText.replaceAll('_', '-');
  if (normaliseName(project) !== name || !isVersion(version)) return undefined;
  if (parts.length === 6 && build === undefined) return undefined;
  const tags = [python, abi, platform].map((tag) => tag.toLowerCase().split('.'));
  const [pythonTags = [], abiTags = [], platformTags = []] = tags;
  return { kind: 'wheel', version, build, pythonTags, abiTags, platformTags };
}

function parseBuild(text: string): ParsedFilename['build'] {
  const [, digits, suffix = ''] = /^(\d{1,15})(.*)$/.exec(text) ?? [];
  return digits === undefined ? undefined : { number: Number(digits), suffix };
}

/**
 * Parses `name-version`, where both parts may contain `-`: the name ends at the first `-` that follows the project's
 * name.
 */
function parseSdist(stem: string, name: ProjectName): ParsedFilename | undefined {
  const dash = endOfName(stem, name);
  if (dash === undefined || stem[dash] !== '-') return undefined;
  const [, version = '', python] = /^(.*?)(?:-py([123]\.?[0-9]{0,2}))?$/.exec(stem.slice(dash + 1)) ?? [];
  if (!isVersion(version)) return undefined;
  return { kind: 'sdist', version, pythonTags: python === undefined ? [] : [python], abiTags: [], platformTags: [] };
}

/** Returns where a spelling of a normalised name (PEP 503) ends at the start of a text. */
function endOfName(text: string, name: ProjectName): number | undefined {
  let end = 0;
  for (const character of name) {
    if (character !== '-') {
      if (text[end]?.toLowerCase() !== character) return undefined;
      end += 1;
      continue;
    }
    const first = end;
    while (end < text.length && '-_.'.includes(text[end] ?? '')) end += 1;
    if (end === first) return undefined;
  }
  return end;
}
