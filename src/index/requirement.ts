import { parseMarker, showMarker } from './markers.ts';
import { isProjectName, normaliseName } from './names.ts';
import type { Marker, Requirement } from './types.ts';
import { isSpecifier } from './versions.ts';

const maxRequirementLength = 16_384;
const startPattern = /^\s*([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)\s*(?:\[([^\]]*)\])?\s*/i;

/** Parses a dependency specifier (PEP 508); undefined when it is invalid. */
export function parseRequirement(text: string): Requirement | undefined {
  if (text.length > maxRequirementLength) return undefined;
  const [prefix, name = '', extrasText] = startPattern.exec(text) ?? [];
  if (prefix === undefined || !isProjectName(name)) return undefined;
  const extras = parseExtras(extrasText);
  if (extras === undefined) return undefined;
  const remainder = text.slice(prefix.length);
  const tail = remainder.startsWith('@') ? parseReference(remainder.slice(1)) : parseConstraint(remainder);
  return tail === undefined ? undefined : { name: normaliseName(name), extras, ...tail };
}

type Tail = Pick<Requirement, 'specifier' | 'url' | 'marker'>;

function parseExtras(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || text.trim() === '') return [];
  const extras = text.split(',').map((extra) => extra.trim());
  return extras.every(isProjectName) ? [...new Set(extras.map(normaliseName))] : undefined;
}

/** Parses `@ url ; marker`. Only whitespace ends the URL. */
function parseReference(remainder: string): Tail | undefined {
  const [, url = '', markerText = ''] = /^\s*(\S+)(?:\s+(.*))?$/s.exec(remainder.trimEnd()) ?? [];
  if (url === '') return undefined;
  if (markerText.trim() === '') return { specifier: '', url };
  return markerText.startsWith(';') ? withMarker({ specifier: '', url }, markerText.slice(1)) : undefined;
}

/** Parses `>=1,<2 ; marker`. The specifier may be in brackets. */
function parseConstraint(remainder: string): Tail | undefined {
  const semicolon = remainder.indexOf(';');
  const specifier = tidySpecifier(semicolon < 0 ? remainder : remainder.slice(0, semicolon));
  if (specifier === undefined) return undefined;
  return semicolon < 0 ? { specifier } : withMarker({ specifier }, remainder.slice(semicolon + 1));
}

function withMarker(tail: Omit<Tail, 'marker'>, text: string): Tail | undefined {
  const marker: Marker | undefined = parseMarker(text);
  return marker === undefined ? undefined : { ...tail, marker };
}

function tidySpecifier(text: string): string | undefined {
  const trimmed = text.trim();
  const inner = trimmed.startsWith('(') && trimmed.endsWith(')') ? trimmed.slice(1, -1) : trimmed;
  if (inner.trimStart().startsWith(',') || /,\s*,/.test(inner) || !isSpecifier(inner)) return undefined;
  const clauses = inner.split(',').map((clause) => clause.replace(/\s+/g, ''));
  return clauses.filter((clause) => clause !== '').join(',');
}

/** Writes a requirement in its shortest usual form, which `parseRequirement` parses back. */
export function showRequirement({ name, extras, specifier, marker, url }: Requirement): string {
  const subject = `${name}${extras.length === 0 ? '' : `[${extras.join(',')}]`}`;
  const reference = url === undefined ? specifier : ` @ ${url}`;
  if (marker === undefined) return `${subject}${reference}`;
  return `${subject}${reference}${url === undefined ? '' : ' '}; ${showMarker(marker)}`;
}
