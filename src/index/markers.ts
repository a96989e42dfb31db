import { normaliseName } from './names.ts';
import type { Marker, MarkerValue, TargetEnvironment } from './types.ts';
import { isSpecifier, isVersion, satisfies } from './versions.ts';

/** PEP 508 variables, including the older setuptools spellings that `packaging` still accepts. */
const variables: Readonly<Record<string, string>> = {
  python_version: 'python_version',
  python_full_version: 'python_full_version',
  os_name: 'os_name',
  'os.name': 'os_name',
  sys_platform: 'sys_platform',
  'sys.platform': 'sys_platform',
  platform_release: 'platform_release',
  platform_system: 'platform_system',
  platform_version: 'platform_version',
  'platform.version': 'platform_version',
  platform_machine: 'platform_machine',
  'platform.machine': 'platform_machine',
  platform_python_implementation: 'platform_python_implementation',
  'platform.python_implementation': 'platform_python_implementation',
  python_implementation: 'platform_python_implementation',
  implementation_name: 'implementation_name',
  implementation_version: 'implementation_version',
  extra: 'extra',
};

const token =
  /\s*(?:(?<string>'[^']*'|"[^"]*")|(?<operator>===|==|~=|!=|<=|>=|<|>|not\s+in\b|in\b)|(?<word>[a-z_][a-z0-9_.]*)|(?<bracket>[()]))/y;
const maxMarkerLength = 8192;
const maxDepth = 100;

type Token = { readonly kind: 'string' | 'operator' | 'word' | 'bracket'; readonly text: string };

/**
 * Parses a marker (PEP 508). Undefined when it is invalid, names an unknown variable, or is too long or too deep.
 * `extraVariables` maps the spelling of variables that only some files may use.
 */
export function parseMarker(text: string, extraVariables?: Readonly<Record<string, string>>): Marker | undefined {
  const tokens = text.length > maxMarkerLength ? undefined : tokenise(text);
  if (tokens === undefined) return undefined;
  const cursor = {
    tokens,
    position: 0,
    variableNames: extraVariables === undefined ? variables : { ...variables, ...extraVariables },
  };
  const marker = parseOr(cursor, 0);
  return cursor.position === tokens.length ? marker : undefined;
}

function tokenise(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  token.lastIndex = 0;
  while (token.lastIndex < end) {
    const groups = token.exec(text)?.groups;
    if (groups === undefined) return undefined;
    if (groups.string !== undefined) tokens.push({ kind: 'string', text: groups.string.slice(1, -1) });
    else if (groups.operator !== undefined)
      tokens.push({ kind: 'operator', text: groups.operator.replace(/\s+/, ' ') });
    else if (groups.word !== undefined) tokens.push({ kind: 'word', text: groups.word });
    else tokens.push({ kind: 'bracket', text: groups.bracket ?? '' });
  }
  return tokens;
}

type Cursor = {
  readonly tokens: readonly Token[];
  position: number;
  readonly variableNames: Readonly<Record<string, string>>;
};

function parseOr(cursor: Cursor, depth: number): Marker | undefined {
  return parseChain(cursor, 'or', () => parseChain(cursor, 'and', () => parseTerm(cursor, depth)));
}

function parseChain(cursor: Cursor, kind: 'and' | 'or', next: () => Marker | undefined): Marker | undefined {
  let left = next();
  while (left !== undefined && take(cursor, 'word', kind) !== undefined) {
    const right = next();
    left = right === undefined ? undefined : { kind, left, right };
  }
  return left;
}

function parseTerm(cursor: Cursor, depth: number): Marker | undefined {
  if (depth > maxDepth) return undefined;
  if (take(cursor, 'bracket', '(') !== undefined) {
    const inner = parseOr(cursor, depth + 1);
    return take(cursor, 'bracket', ')') === undefined ? undefined : inner;
  }
  const left = parseValue(cursor);
  const operator = take(cursor, 'operator');
  const right = parseValue(cursor);
  if (left === undefined || operator === undefined || right === undefined) return undefined;
  return { kind: 'compare', left, operator, right };
}

function parseValue(cursor: Cursor): MarkerValue | undefined {
  const value = take(cursor, 'string');
  if (value !== undefined) return { kind: 'string', value };
  const variable = cursor.variableNames[take(cursor, 'word') ?? ''];
  return variable === undefined ? undefined : { kind: 'variable', value: variable };
}

function take(cursor: Cursor, kind: Token['kind'], text?: string): string | undefined {
  const next = cursor.tokens[cursor.position];
  if (next?.kind !== kind || (text !== undefined && next.text !== text)) return undefined;
  cursor.position += 1;
  return next.text;
}

/**
 * Checks whether a marker holds for an interpreter, with one requested extra or none.
 *
 * As in pip: two versions compare as versions, everything else compares as text, and incomparable values do not hold.
 */
export function evaluateMarker(marker: Marker, environment: TargetEnvironment, extra = ''): boolean {
  if (marker.kind !== 'compare') {
    const left = evaluateMarker(marker.left, environment, extra);
    if (left === (marker.kind === 'or')) return left;
    return evaluateMarker(marker.right, environment, extra);
  }
  const left = resolve(marker.left, environment, extra);
  const right = resolve(marker.right, environment, extra);
  // PEP 685: extras are compared as normalised names, never as versions.
  if (isExtra(marker.left) || isExtra(marker.right))
    return compareTexts(normaliseName(left), marker.operator, normaliseName(right));
  const specifier = `${marker.operator}${right}`;
  if (isVersion(left) && right !== '' && !right.includes(',') && isSpecifier(specifier))
    return satisfies(left, specifier, { prereleases: true });
  return compareTexts(left, marker.operator, right);
}

function isExtra({ kind, value }: MarkerValue): boolean {
  return kind === 'variable' && value === 'extra';
}

function resolve({ kind, value }: MarkerValue, { markers }: TargetEnvironment, extra: string): string {
  if (kind === 'string') return value;
  if (value === 'extra') return extra;
  const markerValue = markers[value] ?? '';
  // A locally built Python reports `3.11.7+`, which is not a valid version. `packaging` appends `local` to it.
  return value === 'python_full_version' && markerValue.endsWith('+') ? `${markerValue}local` : markerValue;
}

function compareTexts(left: string, operator: string, right: string): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return false;
  }
}

/** Writes a marker that `parseMarker` parses back into the same tree. */
export function showMarker(marker: Marker): string {
  if (marker.kind === 'compare') return `${showValue(marker.left)} ${marker.operator} ${showValue(marker.right)}`;
  return `${showSide(marker.left, marker.kind, false)} ${marker.kind} ${showSide(marker.right, marker.kind, true)}`;
}

/**
 * Writes one side of `and` or `or`. `and` binds tighter and both are left-associative, so brackets are needed only
 * where they change the tree.
 */
function showSide(marker: Marker, parent: 'and' | 'or', onRight: boolean): string {
  const plain = marker.kind === 'compare' || (marker.kind === parent ? !onRight : parent === 'or');
  return plain ? showMarker(marker) : `(${showMarker(marker)})`;
}

function showValue({ kind, value }: MarkerValue): string {
  if (kind === 'variable') return value;
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}
