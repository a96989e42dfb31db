/**
 * Checks whether a URL is pip's own default index, `https://pypi.org/simple`, in a spelling that pip takes for the same
 * place. It means: the index that packages come from if none is named. `use-repository.ts` has the same check in Python.
 */
export function isDefaultIndex(url: string): boolean {
  return defaultIndex.test(url.trim()) && url.includes('/simple');
}

/** Scheme and host have any case, the path does not. */
const defaultIndex = /^https?:\/\/pypi\.org(?::(?:80|443))?\/simple\/*$/i;

/**
 * Returns arguments with the default index and `others` replaced: as an argument, and as the value in `--option=URL` and
 * `-iURL`.
 */
export function replaceDefaultIndex(
  argv: readonly string[],
  indexUrl: string,
  others: readonly string[] = [],
): readonly string[] {
  return argv.map((argument) => {
    const [, option = '', value = argument] = /^(--[a-z-]+=|-[A-Za-z]+?=?)(https?:.*)$/is.exec(argument) ?? [];
    return isDefaultIndex(value) || others.includes(value.trim()) ? `${option}${indexUrl}` : argument;
  });
}
