import type { Value, Values } from './values.ts';

/** The arguments with which pip runs setuptools, and the commands that those run. */
const installWords =
  /^(?:-|install|build|bdist|egg_info|dist_info|develop|editable|sdist|setopt|rotate|saveopts|alias|easy_install|\d|setup\.py)/;

/** Checks whether an argument may be on the command line of a build by pip. */
export const isInstallWord = (word: string): boolean => installWords.test(word);

/** Returns whether a comparison with Python's version is true for each Python 3; undefined if it depends on the version. */
export function versionTruth(a: Values, operator: string, b: Values): boolean | undefined {
  const left = isVersion(a);
  const right = isVersion(b);
  if (left === right) return undefined;
  const [limit] = majors(left ? b : a);
  if (limit === undefined) return undefined;
  const direction = left ? operator : ({ '<': '>', '>': '<', '<=': '>=', '>=': '<=' }[operator] ?? operator);
  switch (direction) {
    case '<':
      return limit <= 3 && (majors(left ? b : a)[1] ?? 0) === 0 ? false : undefined;
    case '<=':
      return limit < 3 ? false : undefined;
    case '>=':
      return limit <= 3 && (majors(left ? b : a)[1] ?? 0) === 0 ? true : undefined;
    case '>':
      return limit < 3 ? true : undefined;
    case '==':
      return limit === 2 ? false : undefined;
    case '!=':
      return limit === 2 ? true : undefined;
    default:
      return undefined;
  }
}

function isVersion(values: Values): boolean {
  return values.some((value) => value.kind === 'reference' && /^sys\.version_info(?:\.major)?$/.test(value.name));
}

function majors(values: Values): readonly (number | undefined)[] {
  const [value] = values;
  if (value?.kind === 'number') return [value.value];
  if (value?.kind !== 'sequence') return [];
  return value.items.map(([item]: readonly Value[]) => (item?.kind === 'number' ? item.value : undefined));
}
