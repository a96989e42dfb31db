/** A word that a shell offers, and what it means; '' if awspip doesn't know. */
export type Word = { readonly word: string; readonly about: string };

export type CompletedOption = Word & { readonly takesValue: boolean; readonly values?: readonly string[] };

/** What may stand at one place of a command line. */
export type CompletionContext = { readonly words: readonly Word[]; readonly options: readonly CompletedOption[] };

/** Everything that a shell needs to complete a command line of awspip. */
export type CompletionTable = {
  /** By the verbs that stand before: '' for none, `install`, `local up`. */
  readonly contexts: ReadonlyMap<string, CompletionContext>;
  /** awspip's own options, which may stand anywhere before `--`. */
  readonly ownOptions: readonly CompletedOption[];
};
