/** A source other than the vetted index. */
export type UnvettedSource = {
  readonly kind:
    | 'index-url'
    | 'extra-index-url'
    | 'find-links'
    | 'no-index'
    /** A requirements or constraints file at a URL. It is not fetched. */
    | 'remote-file'
    /** A pylock.toml that a variable or a configuration file names. */
    | 'lock-file'
    /** A project that a lock file pins to a file without its sha256. */
    | 'missing-digest'
    | 'url'
    | 'vcs'
    /** A repository of hooks in pre-commit's configuration. */
    | 'hook-repository'
    | 'local-file'
    /** A folder outside the user's own project. */
    | 'project';
  /** `argument`, the name of a variable, or `file:line`. */
  readonly where: string;
  /** As typed, without credentials. */
  readonly value: string;
  /** The value of `--awspip-open` that allows this source. Absent if none does. */
  readonly allowedBy?: string | undefined;
  /** The names that the policy takes from this index, so that the vetted repository has them. */
  readonly listedNames?: readonly string[] | undefined;
};

const indexOptions = new Map<string, UnvettedSource['kind']>([
  ['--index-url', 'index-url'],
  // `search` names its index with this option.
  ['--index', 'index-url'],
  ['--extra-index-url', 'extra-index-url'],
  ['--find-links', 'find-links'],
  ['--no-index', 'no-index'],
]);

/** Returns the source that an option names; undefined for other options. As in pip, an empty value counts as none. */
export function sourceOfOption(
  { name, value }: { readonly name: string; readonly value?: string },
  where: string,
): UnvettedSource | undefined {
  const kind = indexOptions.get(name);
  return kind === undefined || value === '' ? undefined : { kind, where, value: withoutCredentials(value ?? name) };
}

/** Hides credentials in URLs, including a password with a literal `@`. */
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
