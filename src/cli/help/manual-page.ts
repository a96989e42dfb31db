import type { Command } from 'commander';
import { exitCodes } from '../../errors.ts';
import { type Setting, settings } from '../../settings/table.ts';
import { pipVerbs } from '../completion/pip-words.ts';
import { examplesOf } from './examples.ts';
import { roffBold, roffSentence, roffText } from './roff.ts';
import { fallbackText, verbGroups } from './screen.ts';

/** What the head and the foot of the page name: the version, and the day when the page was printed. */
type About = { readonly version: string; readonly date: Date };

/** Returns the manual page of awspip, as source for `man`, from the tables of verbs, settings and exit codes. */
export function manualPage(program: Command, { version, date }: About): string {
  return [
    `.TH AWSPIP 1 ${date.toISOString().slice(0, 10)} "awspip ${roffText(version)}" "User Commands"`,
    ...section('NAME', ['awspip \\- run pip against a repository of vetted packages']),
    ...section('SYNOPSIS', [
      `${roffBold('awspip')} \\fIpip-command\\fR [\\fIargument\\fR ...]`,
      '.br',
      `${roffBold('awspip')} \\fIverb\\fR [\\fIargument\\fR ...]`,
    ]),
    ...section('DESCRIPTION', [
      roffSentence(
        'awspip runs pip against a repository of vetted packages. If a package is missing, awspip requests vetting, waits for the verdict, and reruns pip or says why the package is blocked or on hold.',
      ),
      '.PP',
      roffSentence('It takes every command of pip, with its options, and returns its output and exit codes:'),
      `${pipVerbs().map(roffBold).join(', ')}.`,
      roffSentence('`awspip help COMMAND` shows the help of pip.'),
    ]),
    ...section(
      'VERBS',
      verbGroups.flatMap(({ title, verbs }) => verbGroup(title, verbs, program)),
    ),
    ...section('OPTIONS', [
      roffSentence('Options stand anywhere before `--`. They outrank variables, which outrank files.'),
      ...(Object.values(settings) as Setting<unknown>[]).flatMap(settingLines),
    ]),
    ...section('ENVIRONMENT', [
      roffSentence('Each option has variables. The first one that is set applies.'),
      ...(Object.values(settings) as Setting<unknown>[]).flatMap(({ key, variables }) =>
        tagged(variables.map(roffBold).join(', '), [`${roffBold(`--awspip-${key}`)}`]),
      ),
    ]),
    ...section('EXIT STATUS', [
      roffSentence("awspip passes pip's exit codes on. Its own are:"),
      ...Object.values(exitCodes).flatMap(({ code, meaning }) => tagged(roffBold(`${code}`), [roffSentence(meaning)])),
    ]),
    ...section('FILES', [
      ...tagged(roffBold('~/.config/awspip/config.toml'), ['Settings of the user, on Linux.']),
      ...tagged(roffBold('pyproject.toml'), [roffSentence('Settings of a project, under `[tool.awspip]`.')]),
    ]),
    ...section('EXAMPLES', exampleLines([['awspip install requests', 'install; missing packages are vetted first']])),
    ...section('SEE ALSO', [roffSentence('`awspip VERB --help`, `awspip help settings`, `awspip help exit-codes`')]),
    '',
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] => [`.SH ${title}`, ...lines];

/** Returns a paragraph with a tag, such as an option and its meaning. */
const tagged = (tag: string, lines: readonly string[]): string[] => ['.TP', tag, ...lines];

function verbGroup(title: string, verbs: readonly string[], program: Command): string[] {
  const commands = verbs.flatMap((verb) => program.commands.find((command) => command.name() === verb) ?? []);
  return [`.SS ${roffText(title)}`, ...commands.flatMap((command) => commandLines(command, [command.name()]))];
}

/** Returns the lines of a verb and of the verbs below it: usage, description, options and examples. */
function commandLines(command: Command, path: readonly string[]): string[] {
  const help = command.createHelp();
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  const below = help.visibleCommands(command).filter((each) => each.name() !== 'help');
  const details = [
    ...options.flatMap((option) => tagged(roffBold(option.flags), [roffSentence(help.optionDescription(option))])),
    ...exampleLines(below.length > 0 ? [] : examplesOf(path)),
  ];
  return [
    ...tagged(roffBold(help.commandUsage(command)), [roffSentence(help.commandDescription(command))]),
    ...(details.length > 0 ? ['.RS', ...details, '.RE'] : []),
    ...below.flatMap((each) => commandLines(each, [...path, each.name()])),
  ];
}

function exampleLines(examples: readonly (readonly [command: string, what: string])[]): string[] {
  return examples.flatMap(([command, what]) => tagged(roffBold(command), [roffSentence(what)]));
}

function settingLines(setting: Setting<unknown>): string[] {
  const fallback = fallbackText(setting);
  const doc = [setting.doc, `Accepts ${setting.expects}`, ...(fallback === '' ? [] : [`Default: ${fallback}`])];
  return tagged(`${roffBold(`--awspip-${setting.key}`)}=\\fIVALUE\\fR`, [roffSentence(`${doc.join('. ')}.`)]);
}
