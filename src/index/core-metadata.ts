import { parseRequirement } from './requirement.ts';
import type { Requirement } from './types.ts';

/**
 * The fields of METADATA or PKG-INFO that the resolver needs
 * (https://packaging.python.org/specifications/core-metadata).
 */
export type CoreMetadata = {
  readonly metadataVersion: string;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly requiresPython?: string | undefined;
  /** As written. */
  readonly requiresDist: readonly string[];
  /** Lower-case names of fields whose value only a build determines (PEP 643). */
  readonly dynamic: ReadonlySet<string>;
};

/** The limits of the metadata of one file. The largest on PyPI has about 3,000 requirements in 0.3 MiB of fields. */
const maxRequirements = 10_000;
const maxTextLength = 1024 * 1024;
/** Old metadata has the description in its header. */
const maxHeaderLength = 4 * 1024 * 1024;
const maxNotes = 20;
/** Length limit of a folded field. Only licence texts are longer. */
const maxFieldLength = 65_536;

/** Thrown for metadata that is larger than any real project's. */
export class ExcessiveMetadata extends Error {
  override readonly name = 'ExcessiveMetadata';
}

/** Checks the length of a text of metadata. @throws {ExcessiveMetadata} beyond `max`, by default 1 MiB. */
export function checkLength(length: number, subject: string, max = maxTextLength): void {
  if (length > max) throw new ExcessiveMetadata(`${subject} is larger than ${max / 1024 / 1024} MiB`);
}

/**
 * Parses the header of METADATA or PKG-INFO and ignores the description after it.
 *
 * @throws {ExcessiveMetadata} when the header is larger than 4 MiB.
 */
export function parseCoreMetadata(text: string): CoreMetadata {
  const fields = new Map<string, string[]>();
  for (const [name, value] of headerFields(text)) {
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else if (values.length <= maxRequirements) values.push(value);
  }
  const first = (name: string): string | undefined => fields.get(name)?.[0];
  return {
    metadataVersion: first('metadata-version') ?? '',
    name: first('name'),
    version: first('version'),
    requiresPython: first('requires-python'),
    requiresDist: fields.get('requires-dist') ?? [],
    dynamic: new Set((fields.get('dynamic') ?? []).map((field) => field.toLowerCase())),
  };
}

/** Reads the fields like Python's `email` parser: a blank line inside a folded field doesn't end the header. */
function* headerFields(text: string): Generator<[name: string, value: string]> {
  let field: [string, string] | undefined;
  for (const line of lines(text.replace(/^\uFEFF/, ''))) {
    if (/^[ \t]/.test(line)) {
      if (field !== undefined && field[1].length < maxFieldLength) field[1] += ` ${line.trim()}`;
      continue;
    }
    if (field !== undefined) yield field;
    const [, name] = /^([!-9;-~]{1,200}):/.exec(line) ?? [];
    if (name === undefined) return;
    field = [name.toLowerCase(), line.slice(name.length + 1).trim()];
  }
  if (field !== undefined) yield field;
}

/** Yields the lines of a text. A description, which may be long, is not split. */
function* lines(text: string): Generator<string> {
  for (let start = 0; start <= text.length; ) {
    checkLength(start, 'the header of its metadata', maxHeaderLength);
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    yield line.endsWith('\r') && end >= 0 ? line.slice(0, -1) : line;
    if (end < 0) return;
    start = end + 1;
  }
}

/**
 * Checks whether the dependencies in an sdist's PKG-INFO hold for every build: from Metadata-Version 2.2 on, unless
 * marked Dynamic (PEP 643).
 */
export function isReliable({ metadataVersion, dynamic }: CoreMetadata): boolean {
  const [major = 0, minor = 0] = metadataVersion.split('.').map(Number);
  return (major > 2 || (major === 2 && minor >= 2)) && !dynamic.has('requires-dist');
}

/**
 * Parses requirement lines. A line that isn't valid by PEP 508 becomes its project name and a note: old setuptools
 * wrote lines such as `foo (>=1.0.*)`, which pip before 24.1 accepts.
 *
 * @throws {ExcessiveMetadata} for more than 10,000 lines or 1 MiB.
 */
export function parseRequirements(lines: readonly string[]): { requirements: Requirement[]; notes: string[] } {
  if (lines.length > maxRequirements) throw new ExcessiveMetadata(`it has more than ${maxRequirements} requirements`);
  const length = lines.reduce((sum, line) => sum + line.length, 0);
  checkLength(length, 'the text of its requirements');
  const requirements: Requirement[] = [];
  const notes: string[] = [];
  for (const line of lines) {
    const valid = parseRequirement(line);
    const requirement = valid ?? salvage(line);
    if (valid === undefined && notes.length < maxNotes) notes.push(`invalid requirement \`${cut(line)}\``);
    if (requirement !== undefined) requirements.push(requirement);
  }
  return { requirements, notes };
}

function salvage(line: string): Requirement | undefined {
  const [name = ''] = /^\s*[a-z0-9][a-z0-9._-]*/i.exec(line.slice(0, 300)) ?? [];
  const semicolon = line.indexOf(';');
  const withMarker = semicolon < 0 ? undefined : parseRequirement(`${name.trim()} ${line.slice(semicolon)}`);
  return withMarker ?? parseRequirement(name.trim());
}

function cut(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
