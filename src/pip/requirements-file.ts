import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { differsForPip } from './environment.ts';
import { pathOfFileUrl } from './file-url.ts';
import { strip } from './python-text.ts';
import { type LineOption, type ParsedLine, parseRequirementsLine } from './requirements-line.ts';
import { declaredEncoding, decodeRequirements, ExcessiveExpansion, logicalLines } from './requirements-text.ts';

/** A position: the file as pip names it, and the first line of a continued line. */
export type SourceLocation = { readonly file: string; readonly line: number };
export type RequirementLine = SourceLocation & { readonly text: string };

/** The contents of a requirements or constraints file and its included files, in pip's order. */
export type RequirementsFile = {
  /** As written, without options (`--hash`): PEP 508, a URL or a path. */
  readonly requirements: readonly RequirementLine[];
  readonly constraints: readonly RequirementLine[];
  readonly editables: readonly RequirementLine[];
  /**
   * `--index-url` and similar options. As in pip, `--no-binary` and `--only-binary` also count on lines with a
   * requirement.
   */
  readonly options: readonly (SourceLocation & LineOption)[];
  /** `-r` and `-c` with an http(s) URL. They are not fetched. */
  readonly remote: readonly RequirementLine[];
  /** Variables on lines that may have another value for pip. */
  readonly ambiguousVariables: readonly RequirementLine[];
  /** Invalid lines, which pip will reject, and unreadable files: one sentence each. */
  readonly problems: readonly RequirementLine[];
};

/** The outside services for reading a requirements file. */
export type RequirementsPorts = {
  /**
   * Returns the whole content. Rejects for an unreadable file, and with an AwspipError for a forbidden one. A `..` in
   * the path is kept: after a symbolic link, the system and some pips resolve it differently.
   */
  readonly read: (file: string) => Promise<Uint8Array>;
  /** The values of `${NAME}` in files. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The base of relative paths. */
  readonly folder: string;
};

/** Limits over all included files. Input beyond them is treated as hostile. */
const maxFiles = 1000;
const maxDepth = 100;
const maxBytes = 64 * 1024 * 1024;
const maxLines = 200_000;

/** pip applies these options while it parses a line, regardless of its other contents. */
const alwaysApplied = new Set(['--no-binary', '--only-binary']);

type Collected = { -readonly [Key in keyof RequirementsFile]: RequirementsFile[Key][number][] };
type Walk = Collected & { files: number; bytes: number; lines: number; readonly ports: RequirementsPorts };

/**
 * Reads a requirements file (a constraints file with `constraint`) and its included files as pip does.
 *
 * @throws {AwspipError} `usage` for a file that includes itself, and beyond the limits.
 */
export async function readRequirementsFile(
  file: string,
  ports: RequirementsPorts,
  { constraint = false }: { readonly constraint?: boolean } = {},
): Promise<RequirementsFile> {
  const collected: Collected = {
    ...{ requirements: [], constraints: [], editables: [], options: [] },
    ...{ remote: [], ambiguousVariables: [], problems: [] },
  };
  const walk: Walk = { ...collected, files: 0, bytes: 0, lines: 0, ports };
  if (isRemote(file)) walk.remote.push({ file, line: 0, text: file });
  else await readFile({ file, absolutePath: absolutePathOf(file, ports.folder), constraint, chain: [] }, walk);
  return collected;
}

type Visit = {
  readonly file: string;
  /** Its absolute path, with every `..` as written. */
  readonly absolutePath: string;
  readonly constraint: boolean;
  readonly chain: readonly string[];
};

async function readFile(visit: Visit, walk: Walk, from?: SourceLocation): Promise<void> {
  const chain = [...visit.chain, checkCycle(visit, walk.ports.folder)];
  const content = await readContent(visit, walk, from);
  if (content === undefined) return;
  for (const { line, text, variables } of linesOf(content, visit.file, walk.ports.variables)) {
    walk.lines += 1;
    if (walk.lines > maxLines) throw overLimit(visit.file, `more than ${maxLines} lines`);
    const location = { file: visit.file, line };
    walk.ambiguousVariables.push(...variables.filter(differsForPip).map((name) => ({ ...location, text: name })));
    const parsed = parseRequirementsLine(text);
    if (typeof parsed === 'string') walk.problems.push({ ...location, text: `${parsed}: ${text}` });
    else await addLine(parsed, location, { ...visit, chain }, walk);
  }
}

function linesOf(
  content: string,
  file: string,
  variables: RequirementsPorts['variables'],
): ReturnType<typeof logicalLines> {
  try {
    return logicalLines(content, variables);
  } catch (error) {
    if (!(error instanceof ExcessiveExpansion)) throw error;
    throw overLimit(file, `a line with the variable \`${error.message}\` becomes longer than 1 MiB`);
  }
}

/** Returns the file's absolute path. Throws if the file includes itself. */
function checkCycle({ file, absolutePath, chain }: Visit, folder: string): string {
  const absolute = path.resolve(absolutePath);
  const cycleStart = chain.indexOf(absolute);
  if (cycleStart >= 0) {
    const names = [...chain.slice(cycleStart), absolute].map((step) => path.relative(folder, step) || step);
    throw new AwspipError('requirements-cycle', `\`${names[0]}\` includes itself: ${names.join(' → ')}`, {
      exit: 'usage',
      hint: `remove the line with \`${names.at(-1)}\` from \`${names.at(-2)}\``,
    });
  }
  if (chain.length >= maxDepth) throw overLimit(file, `more than ${maxDepth} nested files`);
  return absolute;
}

async function readContent(
  { file, absolutePath, constraint }: Visit,
  walk: Walk,
  from?: SourceLocation,
): Promise<string | undefined> {
  walk.files += 1;
  if (walk.files > maxFiles) throw overLimit(file, `more than ${maxFiles} files`);
  try {
    const bytes = await walk.ports.read(absolutePath);
    walk.bytes += bytes.byteLength;
    if (walk.bytes > maxBytes) throw overLimit(file, `more than ${maxBytes / 1024 / 1024} MiB`);
    return decodeContent(bytes, file);
  } catch (error) {
    if (error instanceof AwspipError) throw error;
    const kind = constraint ? 'constraints' : 'requirements';
    walk.problems.push({ ...(from ?? { file, line: 0 }), text: `the ${kind} file \`${file}\` could not be read` });
    return undefined;
  }
}

function decodeContent(bytes: Uint8Array, file: string): string {
  const text = decodeRequirements(bytes);
  // pip guesses the encoding of files behind URLs (HZ and ISO-2022 use `~{` and escapes).
  const isUnambiguous = !isFileUrl(file) || (/^[\t-\r -~]*$/.test(text ?? '') && !text?.includes('~{'));
  if (text !== undefined && isUnambiguous) return text;
  const declared = isFileUrl(file) ? undefined : declaredEncoding(bytes);
  const reason = declared === undefined ? 'has an ambiguous encoding' : `has the unsupported encoding \`${declared}\``;
  throw new AwspipError('requirements-encoding', `\`${file}\` ${reason}`, {
    exit: 'usage',
    hint: isFileUrl(file)
      ? 'name the file by its path, not by a URL'
      : 'save the file as UTF-8, without a `coding:` comment',
  });
}

function overLimit(file: string, limit: string): AwspipError {
  return new AwspipError('requirements-too-large', `\`${file}\`: ${limit}`, {
    exit: 'usage',
    hint: 'split the requirements into several `awspip install` runs',
  });
}

/** Adds a line by pip's precedence: a requirement, an editable, an included file, otherwise options. */
async function addLine(
  { requirement, options }: ParsedLine,
  location: SourceLocation,
  visit: Visit,
  walk: Walk,
): Promise<void> {
  const first = (name: string) => options.find((option) => option.name === name)?.value;
  const editable = first('--editable');
  const included = first('--requirement') ?? first('--constraint');
  const onlyOptions = requirement === '' && editable === undefined && included === undefined;
  const applied = onlyOptions ? options : options.filter(({ name }) => alwaysApplied.has(name));
  walk.options.push(...applied.map((option) => ({ ...location, ...option })));
  if (requirement !== '') {
    (visit.constraint ? walk.constraints : walk.requirements).push({ ...location, text: strip(requirement) });
  } else if (editable !== undefined) {
    if (visit.constraint) walk.problems.push({ ...location, text: `an editable cannot be a constraint: ${editable}` });
    else walk.editables.push({ ...location, text: strip(editable) });
  } else if (included !== undefined) {
    await include(included, { ...visit, constraint: first('--requirement') === undefined }, location, walk);
  }
}

async function include(included: string, visit: Visit, location: SourceLocation, walk: Walk): Promise<void> {
  if (isRemote(included)) walk.remote.push({ ...location, text: included });
  else await readFile({ ...visit, ...nestedFile(included, visit, walk.ports.folder) }, walk, location);
}

/** Returns an included file. Its path is relative to the including file's folder, unless it is absolute. */
function nestedFile(
  included: string,
  { file, absolutePath }: Visit,
  folder: string,
): Pick<Visit, 'file' | 'absolutePath'> {
  if (isFileUrl(included) || path.isAbsolute(included))
    return { file: included, absolutePath: absolutePathOf(included, folder) };
  const basePath = isFileUrl(file) ? absolutePath : file;
  return {
    file: path.join(path.dirname(basePath), included),
    absolutePath: absolutePathOf(included, path.dirname(absolutePath)),
  };
}

/** Checks whether a file is an http(s) URL. Python ignores leading whitespace, and line ends and tabs inside it. */
export function isRemote(file: string): boolean {
  return /^https?:/i.test(withoutIgnoredCharacters(file));
}

function isFileUrl(file: string): boolean {
  return /^file:/i.test(withoutIgnoredCharacters(file));
}

function withoutIgnoredCharacters(file: string): string {
  return file.replace(/^[\0-\x20]+|[\t\r\n]/g, '');
}

/** Returns an absolute path from a path or a `file:` URL. Keeps every `..`. */
function absolutePathOf(file: string, folder: string): string {
  const filePath = isFileUrl(file) ? pathOfFileUrl(file, folder) : file;
  if (filePath === undefined) {
    throw new AwspipError('requirements-address', `\`${file}\` is an ambiguous file URL`, {
      exit: 'usage',
      hint: 'name the file by its path',
    });
  }
  const absolutePath = path.isAbsolute(filePath) ? filePath : `${folder}${path.sep}${filePath}`;
  return absolutePath.includes('..') ? absolutePath : path.resolve(absolutePath);
}
