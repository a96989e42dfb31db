import { pipReleases } from '../../pip/option-rows.ts';
import { optionTable, verbNames } from '../../pip/options.ts';
import type { CompletedOption, CompletionContext } from './types.ts';

/** Commands below pip's commands. pip reads them as arguments, so its option parsers do not name them. */
const subcommands: Readonly<Record<string, readonly string[]>> = {
  cache: ['dir', 'info', 'list', 'purge', 'remove'],
  config: ['debug', 'edit', 'get', 'list', 'set', 'unset'],
  index: ['versions'],
};

/** Values of pip's options, as its option parsers list them. A verb's own values come before those of every verb. */
export const pipValues: Readonly<Record<string, readonly string[]>> = {
  '--exists-action': ['s', 'i', 'w', 'b', 'a'],
  '--keyring-provider': ['auto', 'disabled', 'import', 'subprocess'],
  '--progress-bar': ['auto', 'on', 'off', 'raw'],
  '--root-user-action': ['warn', 'ignore'],
  '--upgrade-strategy': ['only-if-needed', 'eager'],
  'cache --format': ['human', 'abspath'],
  'hash --algorithm': ['sha256', 'sha384', 'sha512'],
  'list --format': ['columns', 'freeze', 'json'],
};

/** Returns pip's verbs. `search` is not among them, because no index answers it. */
export function pipVerbs(): readonly string[] {
  return verbNames().filter((verb) => verb !== 'search');
}

/** Returns the long options of a verb of the newest known pip, or those before any verb if it is ''. */
export function pipOptions(verb: string): readonly CompletedOption[] {
  return optionTable(verb || undefined)
    .filter(({ spans: [span] }) => span?.[1] === pipReleases.length - 1)
    .map(({ name, takesValue }) => {
      const values = pipValues[`${verb} ${name}`] ?? pipValues[name];
      return { word: name, about: '', takesValue, ...(values !== undefined && { values }) };
    });
}

/** Returns what may follow each of pip's verbs. */
export function pipContexts(): readonly (readonly [verb: string, CompletionContext])[] {
  return pipVerbs().map((verb) => {
    const words = (subcommands[verb] ?? []).map((word) => ({ word, about: '' }));
    return [verb, { words, options: pipOptions(verb) }] as const;
  });
}
