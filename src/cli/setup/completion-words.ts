import type { Command } from 'commander';

/** What our part of a command line can be completed with. */
export type CompletionWords = {
  /** Words that may follow each of our verbs; under '' the verbs themselves. */
  readonly verbs: Readonly<Record<string, readonly string[]>>;
  /** Our options, which may stand anywhere. */
  readonly options: readonly string[];
};

/** Read off the table of verbs, so that it needs no upkeep. */
export function completionWords(program: Command, settingKeys: readonly string[]): CompletionWords {
  const below = (command: Command) =>
    command
      .createHelp()
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help');
  const own = below(program);
  const words = (command: Command) => [
    ...below(command).map((each) => each.name()),
    ...command
      .createHelp()
      .visibleOptions(command)
      .flatMap(({ long }) => long ?? []),
  ];
  const verbs = own.map((command) => [command.name(), words(command)] as const);
  return {
    verbs: { '': own.map((command) => command.name()), ...Object.fromEntries(verbs) },
    options: settingKeys.map((key) => `--awspip-${key}=`),
  };
}
