import { parseRequirement } from '../../index/requirement.ts';
import type { Requirement } from '../../index/types.ts';

/** Fields of METADATA or PKG-INFO that a closure needs (https://packaging.python.org/specifications/core-metadata). */
export type CoreMetadata = {
  readonly metadataVersion: string;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly requiresPython?: string | undefined;
  /** As written. */
  readonly requiresDist: readonly string[];
  /** Lower case names of fields that only a build can tell (PEP 643). */
  readonly dynamic: ReadonlySet<string>;
};

const maxRequirements = 10_000;
/** Characters after which a folded field is cut: only licence texts are that long. */
const maxFieldLength = 65_536;

/** Reads the header of METADATA or PKG-INFO; what follows it is prose. */
export function parseCoreMetadata(text: string): CoreMetadata {
  const fields = new Map<string, string[]>();
  for (const [name, value] of headerFields(text)) {
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else if (values.length < maxRequirements) values.push(value);
  }
  const one = (name: string): string | undefined => fields.get(name)?.[0];
  return {
    metadataVersion: one('metadata-version') ?? '',
    name: one('name'),
    version: one('version'),
    requiresPython: one('requires-python'),
    requiresDist: fields.get('requires-dist') ?? [],
    dynamic: new Set((fields.get('dynamic') ?? []).map((field) => field.toLowerCase())),
  };
}

/** As Python's `email` parser, and so pip: a blank line inside a folded field does not end the header. */
function* headerFields(text: string): Generator<[name: string, value: string]> {
  let field: [string, string] | undefined;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
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

/**
 * Whether the dependencies in an sdist's PKG-INFO are what any build of it has: from Metadata-Version 2.2 on, unless
 * marked Dynamic (PEP 643).
 */
export function isReliable({ metadataVersion, dynamic }: CoreMetadata): boolean {
  const [major = 0, minor = 0] = metadataVersion.split('.').map(Number);
  return (major > 2 || (major === 2 && minor >= 2)) && !dynamic.has('requires-dist');
}

/**
 * Requirements of lines. Of a line that is none by PEP 508 (`foo (>=1.0.*)`: old setuptools wrote such, and pip before
 * 24.1 takes them) the name is kept, and a note.
 */
export function parseRequirements(lines: readonly string[]): { requirements: Requirement[]; notes: string[] } {
  const requirements: Requirement[] = [];
  const notes: string[] = [];
  for (const line of lines) {
    const requirement = parseRequirement(line) ?? salvage(line);
    if (requirement === undefined || parseRequirement(line) === undefined)
      notes.push(`invalid requirement \`${cut(line)}\``);
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
