import { AwspipError } from '../../errors.ts';
import { evaluateMarker } from '../../index/markers.ts';
import { parseRequirement, showRequirement } from '../../index/requirement.ts';
import type { ProjectName, Requirement } from '../../index/types.ts';
import type { ResolverInput } from './types.ts';

/** What a request asks for, read. */
export type Asked = {
  /** Those whose markers hold, each once, in their order. */
  readonly roots: readonly Requirement[];
  /** Specifiers by name. */
  readonly constraints: ReadonlyMap<ProjectName, readonly string[]>;
  readonly notes: readonly string[];
};

/** Reads roots and constraints of a request; throws `AwspipError` `requirement-unreadable` (usage). */
export function readAsked({ roots, constraints, environment }: ResolverInput['request']): Asked {
  const notes: string[] = [];
  const apply = (lines: readonly string[]): Requirement[] =>
    [...new Set(lines)].map(read).filter((requirement) => {
      if (requirement.marker === undefined || evaluateMarker(requirement.marker, environment)) return true;
      notes.push(`\`${showRequirement(requirement)}\` does not apply here`);
      return false;
    });
  const byName = new Map<ProjectName, readonly string[]>();
  for (const { name, specifier, url } of apply(constraints)) {
    if (url !== undefined) notes.push(`the constraint on \`${name}\` names a URL; only its name is heeded`);
    if (specifier !== '') byName.set(name, [...(byName.get(name) ?? []), specifier]);
  }
  return { roots: apply(roots), constraints: byName, notes };
}

function read(line: string): Requirement {
  const requirement = parseRequirement(line);
  if (requirement !== undefined) return requirement;
  throw new AwspipError('requirement-unreadable', `\`${line.slice(0, 200)}\` is no requirement`, { exit: 'usage' });
}
