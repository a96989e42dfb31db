import type { Command } from 'commander';
import { ownVerbTable } from '../documented-commands.ts';
import { markdownTable } from '../markdown-table.ts';

/** Returns a section for each of awspip's own commands, from the command table: usage, arguments and options. */
export function commandParts(): [name: string, content: string][] {
  return [
    [
      'own commands',
      ownVerbTable()
        .commands.flatMap((command) => sections(command, 'awspip'))
        .join('\n\n'),
    ],
  ];
}

function sections(command: Command, parent: string): readonly string[] {
  const path = `${parent} ${command.name()}`;
  const help = command.createHelp();
  const rows = [
    ...help.visibleArguments(command).map((each) => [`\`${each.name()}\``, help.argumentDescription(each)]),
    ...help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map((option) => [`\`${option.flags}\``, help.optionDescription(option)]),
  ];
  const own = [
    `${'#'.repeat(path.split(' ').length + 1)} \`${path}\``,
    command.description(),
    `\`\`\`text\n${path} ${command.usage()}\n\`\`\``,
    ...(rows.length === 0 ? [] : [markdownTable(['argument or option', 'meaning'], rows)]),
  ].join('\n\n');
  const below = help.visibleCommands(command).filter((each) => each.name() !== 'help');
  return [own, ...below.flatMap((each) => sections(each, path))];
}
