import { AwspipError } from '../../errors.ts';
import { evaluateMarker } from '../../index/markers.ts';
import { parseRequirement, showRequirement } from '../../index/requirement.ts';
import type { ProjectName, Requirement } from '../../index/types.ts';
import type { ResolverInput } from './types.ts';

/** The parsed roots and constraints of a request. */
export type ParsedRequest = {
  /** The roots whose markers apply, in order and without duplicates. */
  readonly roots: readonly Requirement[];
  /** Specifiers by project name. */
  readonly constraints: ReadonlyMap<ProjectName, readonly string[]>;
  readonly notes: readonly string[];
};

/** Parses the roots and constraints of a request. Throws `AwspipError` `requirement-unreadable` (`usage`). */
export function parseRequest({ roots, constraints, environment }: ResolverInput['request']): ParsedRequest {
  const notes: string[] = [];
  const applicable = (lines: readonly string[]): Requirement[] =>
    [...new Set(lines)].map(parseLine).filter((requirement) => {
      if (requirement.marker === undefined || evaluateMarker(requirement.marker, environment)) return true;
      notes.push(`\`${showRequirement(requirement)}\` does not apply to this environment`);
      return false;
    });
  const byName = new Map<ProjectName, readonly string[]>();
  for (const { name, specifier, url } of applicable(constraints)) {
    if (url !== undefined) notes.push(`the URL in the constraint on \`${name}\` was ignored`);
    if (specifier !== '') byName.set(name, [...(byName.get(name) ?? []), specifier]);
  }
  return { roots: applicable(roots), constraints: byName, notes };
}

function parseLine(line: string): Requirement {
  const requirement = parseRequirement(line);
  if (requirement !== undefined) return requirement;
  throw new AwspipError('requirement-unreadable', `\`${line.slice(0, 200)}\` is not a valid requirement`, {
    exit: 'usage',
  });
}
