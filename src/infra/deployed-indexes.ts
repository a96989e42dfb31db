import { coversNames, type NamedIndex, sameIndexKey } from '../index/named-indexes.ts';

/**
 * Returns the indexes in force: those of the deployment, whose origin controls block their names in public repositories. Names
 * that only the policy file assigns to an index are unreachable, so that their vetting ends in an ERROR with the reason.
 */
export function effectiveIndexes(
  policy: readonly NamedIndex[],
  deployed: readonly NamedIndex[],
): readonly NamedIndex[] {
  const isDeployed = (url: string, pattern: string): boolean =>
    deployed.some(
      (index) =>
        sameIndexKey(index.url) === sameIndexKey(url) && index.names.some((outer) => coversNames(outer, pattern)),
    );
  const unknown = policy.flatMap(({ url, names }): NamedIndex[] => {
    const missing = names.filter((pattern) => !isDeployed(url, pattern));
    return missing.length === 0 ? [] : [{ url, names: missing, problem: problemText(url, missing) }];
  });
  return [...unknown, ...deployed];
}

const problemText = (url: string, names: readonly string[]): string =>
  `the policy takes ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' and others' : ''} from ${url}, but the deployment has no such index; administrators add it with the deployment option \`indexes\` (docs/aws/indexes.md)`;
