import type { OriginMode, OriginType, Settings, StoredGroup } from '../domains/domain-settings.ts';

export const rootPattern = '/*';

/** A parsed pattern of a package group. */
type Pattern = {
  readonly format?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** `all`: everything below. `words`: the name, and names that continue it after a separator. `exact`: the name. */
  readonly match: 'all' | 'words' | 'exact';
};

/**
 * Parses `/*`, `/format/*`, `/format/namespace/*`, `/format/namespace/name~` or `/format/namespace/name$`. Projects on
 * PyPI have an empty namespace.
 *
 * @see https://docs.aws.amazon.com/codeartifact/latest/ug/package-group-definition-syntax-matching-behavior.html
 */
export function parsePattern(text: string): Pattern | undefined {
  if (text === rootPattern) return { match: 'all' };
  const [, format, namespace, name, end] = /^\/([a-z]+)\/(?:([^/\s]*)\/)?([^/\s*~$]*)([*~$])$/.exec(text) ?? [];
  if (format === undefined || name === undefined || (end === '*') !== (name === '')) return undefined;
  if (namespace === undefined) return end === '*' ? { format, match: 'all' } : undefined;
  return end === '*'
    ? { format, namespace, match: 'all' }
    : { format, namespace, name, match: end === '~' ? 'words' : 'exact' };
}

/** Checks whether everything that `inner` matches is also matched by `outer`. */
function covers(outer: Pattern, inner: Pattern): boolean {
  if (outer.format !== undefined && outer.format !== inner.format) return false;
  if (outer.namespace !== undefined && outer.namespace !== inner.namespace) return false;
  if (outer.name === undefined) return true;
  if (inner.name === outer.name) return outer.match === 'words' || inner.match === 'exact';
  return outer.match === 'words' && new RegExp(`^${escaped(outer.name)}[-._]`).test(inner.name ?? '');
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Returns the most specific of the groups that cover a pattern, which is the one that no other of them contains. */
function closest(patterns: readonly string[], inner: Pattern): string {
  const covering = patterns.flatMap((text) => {
    const pattern = parsePattern(text);
    return pattern && covers(pattern, inner) ? [{ text, pattern }] : [];
  });
  const found = covering.find(({ pattern }) => covering.every((other) => covers(other.pattern, pattern)));
  return found?.text ?? rootPattern;
}

const patternsOf = ({ groups }: Settings): readonly string[] => [...new Set([rootPattern, ...Object.keys(groups)])];

/** Returns the pattern of the group that a project on PyPI belongs to. */
export function groupOfProject(settings: Settings, name: string): string {
  return closest(patternsOf(settings), { format: 'pypi', namespace: '', name, match: 'exact' });
}

/** Returns the pattern of the parent of a group; undefined for the root. */
export function parentOf(settings: Settings, text: string): string | undefined {
  const pattern = parsePattern(text);
  if (text === rootPattern || pattern === undefined) return undefined;
  return closest(
    patternsOf(settings).filter((other) => other !== text),
    pattern,
  );
}

/** A group's own mode, and the mode that applies with the group that it is inherited from. */
type Effective = { readonly mode: OriginMode; readonly effectiveMode: OriginMode; readonly from: string };

/** Returns the mode that applies to a group. */
export function effectiveMode(settings: Settings, text: string, type: OriginType): Effective {
  const mode = settings.groups[text]?.modes[type] ?? (text === rootPattern ? 'ALLOW' : 'INHERIT');
  const parent = parentOf(settings, text);
  if (mode !== 'INHERIT' || parent === undefined) return { mode, effectiveMode: mode, from: text };
  return { ...effectiveMode(settings, parent, type), mode };
}

/** Checks whether the group of a project lets versions of this origin into a repository. */
export function groupPermits(settings: Settings, name: string, type: OriginType, repository: string): boolean {
  const { effectiveMode: mode, from } = effectiveMode(settings, groupOfProject(settings, name), type);
  if (mode === 'ALLOW_SPECIFIC_REPOSITORIES') return settings.groups[from]?.allowed[type].includes(repository) ?? false;
  return mode === 'ALLOW';
}

/** Checks whether the group of a project names a repository for versions of this origin. Allowing all names none. */
export function groupNames(settings: Settings, name: string, type: OriginType, repository: string): boolean {
  const { effectiveMode: mode, from } = effectiveMode(settings, groupOfProject(settings, name), type);
  return mode === 'ALLOW_SPECIFIC_REPOSITORIES' && settings.groups[from]?.allowed[type].includes(repository) === true;
}

const noRepositories = { PUBLISH: [], EXTERNAL_UPSTREAM: [], INTERNAL_UPSTREAM: [] } as const;

/** Returns a new group, which inherits every mode. The root group allows everything. */
export function newGroup(text: string, createdTime: number): StoredGroup {
  const mode = text === rootPattern ? 'ALLOW' : 'INHERIT';
  return {
    createdTime,
    modes: { PUBLISH: mode, EXTERNAL_UPSTREAM: mode, INTERNAL_UPSTREAM: mode },
    allowed: noRepositories,
  };
}
