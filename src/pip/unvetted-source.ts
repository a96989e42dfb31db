/** Something that would come from elsewhere than the vetted index. */
export type UnvettedSource = {
  readonly what:
    | 'index-url'
    | 'extra-index-url'
    | 'find-links'
    | 'no-index'
    /** A requirements or constraints file at an address; it was not fetched. */
    | 'remote-file'
    /** A pylock.toml that a variable or a configuration file names. */
    | 'lock-file'
    /** A project that a lock file pins to a file without its sha256. */
    | 'undigested'
    | 'url'
    | 'vcs'
    | 'local-file'
    /** A folder outside the project that the command stands in. */
    | 'project';
  /** `argument`, the name of a variable, or `file:line`. */
  readonly where: string;
  /** As typed, credentials hidden. */
  readonly value: string;
};

const indexOptions = new Map<string, UnvettedSource['what']>([
  ['--index-url', 'index-url'],
  // That of `search`.
  ['--index', 'index-url'],
  ['--extra-index-url', 'extra-index-url'],
  ['--find-links', 'find-links'],
  ['--no-index', 'no-index'],
]);

/** What an option means for where files come from; undefined when nothing. pip takes an empty value for none. */
export function unvettedOption(
  { name, value }: { readonly name: string; readonly value?: string },
  where: string,
): UnvettedSource | undefined {
  const what = indexOptions.get(name);
  return what === undefined || value === '' ? undefined : { what, where, value: withoutCredentials(value ?? name) };
}

/** Hides names and passwords in addresses; a raw `@` in a password is hidden with it. */
export function withoutCredentials(text: string): string {
  return text
    .split('://')
    .map((part, index) => {
      const authority = index === 0 ? '' : (part.split(/[/?#\s]/, 1)[0] ?? '');
      const at = authority.lastIndexOf('@');
      return at < 0 ? part : `****${part.slice(at)}`;
    })
    .join('://');
}
