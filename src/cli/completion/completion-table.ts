import type { Command, Option } from 'commander';
import { type Setting, settings } from '../../settings/table.ts';
import { pipContexts, pipOptions, pipVerbs } from './pip-words.ts';
import type { CompletedOption, CompletionContext, CompletionTable, Word } from './types.ts';

/** Values that a verb reads itself. */
const verbValues: Readonly<Record<string, readonly string[]>> = {
  'setup --shell': ['bash', 'zsh', 'fish', 'powershell'],
};

/** Returns the completion table, made from the table of verbs, the settings, and pip's grammar. */
export function completionTable(program: Command): CompletionTable {
  const own = visibleCommands(program).flatMap((command) => ownContexts(command, command.name()));
  const verbs = [
    ...visibleCommands(program).map((command) => ({ word: command.name(), about: command.summary() })),
    ...pipVerbs().map((word) => ({ word, about: 'a command of pip' })),
  ];
  const topics = ['settings', 'exit-codes', 'pip'].map((word) => ({ word, about: '' }));
  const contexts = new Map([['', { words: verbs, options: pipOptions('') }], ...pipContexts(), ...own]);
  const add = (key: string, more: Partial<CompletionContext>) => {
    const { words = [], options = [] } = contexts.get(key) ?? {};
    contexts.set(key, { words: [...words, ...(more.words ?? [])], options: [...options, ...(more.options ?? [])] });
  };
  add('help', { words: [...verbs, ...topics] });
  // `vet` reads the same arguments as `install`.
  const known = new Set(contexts.get('vet')?.options.map(({ word }) => word));
  add('vet', { options: pipOptions('install').filter(({ word }) => !known.has(word)) });
  return { contexts, ownOptions: ownOptions() };
}

function visibleCommands(command: Command): readonly Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help');
}

function ownContexts(command: Command, key: string): (readonly [key: string, CompletionContext])[] {
  const below = visibleCommands(command);
  const words = [
    ...below.map((each) => ({ word: each.name(), about: each.summary() })),
    ...argumentValues(command).map((word) => ({ word, about: '' })),
  ];
  const options = command
    .createHelp()
    .visibleOptions(command)
    .flatMap((option) => completedOption(option, key));
  return [[key, { words, options }], ...below.flatMap((each) => ownContexts(each, `${key} ${each.name()}`))];
}

/** Returns the values of the first argument: its choices, or the lower-case words in backticks that describe it. */
function argumentValues({ registeredArguments: [argument] }: Command): readonly string[] {
  if (argument === undefined) return [];
  return argument.argChoices ?? [...argument.description.matchAll(/`([a-z-]+)`/g)].flatMap(([, word]) => word ?? []);
}

function completedOption({ long, description, required, argChoices }: Option, key: string): CompletedOption[] {
  if (!long) return [];
  const values = argChoices ?? verbValues[`${key} ${long}`];
  return [{ word: long, about: description, takesValue: required, ...(values !== undefined && { values }) }];
}

function ownOptions(): readonly CompletedOption[] {
  return (Object.values(settings) as Setting<unknown>[]).map(({ key, doc, expects }) => {
    const values = listedValues(expects);
    return { word: `--awspip-${key}`, about: doc, takesValue: true, ...(values !== undefined && { values }) };
  });
}

/** Returns the values of a setting that accepts only listed ones: `` `auto`, `on` or `off` ``. */
function listedValues(expects: string): readonly string[] | undefined {
  if (!/^`[a-z]+`(?:(?:, | or )`[a-z]+`)+$/.test(expects)) return undefined;
  return [...expects.matchAll(/[a-z]+(?=`)/g)].map(([value]) => value);
}

/** A verb and its option; `*` stands for every verb. */
export type Place = readonly [key: string, option: string];

/** Returns each list of values with all places where it fits. */
export function valuePlaces({ contexts, ownOptions }: CompletionTable): readonly [string[], Place[]][] {
  const options = [
    ...[...contexts].flatMap(([key, context]) => context.options.map((option) => [key, option] as const)),
    ...ownOptions.map((option) => ['*', option] as const),
  ];
  const found = new Map<string, [string[], Place[]]>();
  for (const [key, { word, values }] of options) {
    if (values === undefined) continue;
    const [, places] = found.get(values.join()) ?? [];
    found.set(values.join(), [[...values], [...(places ?? []), [key, word]]]);
  }
  return [...found.values()];
}

/** Returns a word as the completion functions print it: with `=` if it takes a value, and its meaning after a tab. */
export function printedWord({ word, about, takesValue = false }: Word & { readonly takesValue?: boolean }): string {
  const meaning = about.replace(/\s+/g, ' ');
  return `${word}${takesValue ? '=' : ''}${meaning === '' ? '' : `\t${meaning}`}`;
}
