import type { Command } from 'commander';

/** The words with which a shell completes awspip's part of a command line. */
export type CompletionWords = {
  /** Words that may follow each own verb; under '' the verbs themselves. */
  readonly verbs: Readonly<Record<string, readonly string[]>>;
  /** awspip's own options, which may stand anywhere. */
  readonly options: readonly string[];
};

/** Returns the completion words, read from the table of verbs. */
export function completionWords(program: Command, settingKeys: readonly string[]): CompletionWords {
  const subcommandsOf = (command: Command) =>
    command
      .createHelp()
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help');
  const commands = subcommandsOf(program);
  const wordsAfter = (command: Command) => [
    ...subcommandsOf(command).map((each) => each.name()),
    ...command
      .createHelp()
      .visibleOptions(command)
      .flatMap(({ long }) => long ?? []),
  ];
  const verbs = commands.map((command) => [command.name(), wordsAfter(command)] as const);
  return {
    verbs: { '': commands.map((command) => command.name()), ...Object.fromEntries(verbs) },
    options: settingKeys.map((key) => `--awspip-${key}=`),
  };
}
