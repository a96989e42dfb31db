import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { helpText, withoutHelpVerb } from '../../src/cli/help/help-request.ts';
import { exitCodesText, helpScreen, settingsText, verbGroups } from '../../src/cli/help/screen.ts';
import { ownProgram } from '../../src/cli/own-verbs.ts';
import { plainStyle } from '../../src/cli/terminal.ts';
import { ownVerbs, verbSummaries } from '../../src/cli/verb-names.ts';
import { exitCodes } from '../../src/errors.ts';
import { readExecCommand } from '../../src/installers/exec-command.ts';
import { isVerb } from '../../src/pip/options.ts';
import { settings } from '../../src/settings/table.ts';
import { colourStyle, recordingTerminal } from './recording-terminal.ts';

const output = { style: plainStyle, columns: 80 };

function program(): Command {
  const { terminal } = recordingTerminal();
  return ownProgram({} as never, { terminal } as unknown as Context, () => {});
}

/** Returns every visible command with its path, subcommands included. */
function commandsBelow(command: Command, path: readonly string[] = []): { path: string; command: Command }[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help')
    .flatMap((each) => {
      const names = [...path, each.name()];
      return [{ path: names.join(' '), command: each }, ...commandsBelow(each, names)];
    });
}

/** Returns the help of a command with its examples, as it is printed. */
function printedHelp(path: string): string {
  const { terminal, written } = recordingTerminal();
  const own = ownProgram({} as never, { terminal } as unknown as Context, () => {});
  expect(() => own.parse([...path.split(' '), '--help'], { from: 'user' })).toThrow('(outputHelp)');
  return written.stdout;
}

/** Parses an example as the program would, without running it. Throws for an unknown verb, option or argument. */
function parseExample(line: string): void {
  const [, commandLine = ''] = /\bawspip (.*?)(?:\)"| [<>|] .*)?$/.exec(line) ?? [];
  const argv = [...commandLine.matchAll(/"([^"]*)"|\S+/g)].map(([word, shellQuote]) => shellQuote ?? word);
  if (argv[0] === 'exec') {
    readExecCommand(argv.slice(1), '/');
    return;
  }
  const own = program();
  for (const { command } of commandsBelow(own)) command.action(() => {});
  own.parse(argv, { from: 'user' });
}

const everyCommand = commandsBelow(program());

describe('the help screen', () => {
  const screen = helpScreen(output);

  test('lists every own verb in exactly one group, with its summary', () => {
    expect(verbGroups.flatMap(({ verbs }) => verbs).toSorted()).toEqual(ownVerbs.toSorted());
    expect(
      program()
        .commands.map((command) => [command.name(), command.summary()])
        .toSorted(),
    ).toEqual(Object.entries(verbSummaries).toSorted());
    for (const [verb, summary] of Object.entries(verbSummaries)) {
      expect(screen.replace(/\s+/g, ' ')).toContain(` ${verb} ${summary}`);
    }
  });

  test('no own verb has the name of a pip command', () => {
    expect(ownVerbs.filter((verb) => isVerb(verb))).toEqual([]);
  });

  test('fits 80 columns, and the second column is aligned', () => {
    for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    for (const line of screen.split('\n').filter((text) => text.startsWith('  '))) {
      expect(line).toMatch(/^ {2}\S.{23} {2}\S|^ {28}\S/);
    }
  });

  test('names only settings that exist', () => {
    const keys = Object.values(settings).map(({ key }) => key);
    const named = [...screen.matchAll(/--awspip-([\w-]+)/g)].map(([, key]) => key);
    expect(named.length).toBeGreaterThan(3);
    for (const key of named) expect(keys).toContain(key);
  });

  test('has no colour that is hard to read on a light background', () => {
    const coloured = helpScreen({ style: colourStyle(), columns: 80 });
    expect(coloured).toContain('\u001b[1mUsage:');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
    expect(coloured).not.toMatch(/\u001b\[(?:[39][36])m/);
  });
});

describe('the help of a verb', () => {
  test.each(everyCommand.map(({ path }) => path))(
    '%s: a sentence, examples, 80 columns, no default of a switch',
    (path) => {
      const help = printedHelp(path);
      expect(help).toMatch(/^Usage: awspip .*\n\n[A-Z][^\n]+/);
      expect(help).toContain('\nExamples:\n');
      expect(help).not.toMatch(/default:? false/);
      for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  test.each(everyCommand.map(({ path }) => path))('%s: every example is a command line that is accepted', (path) => {
    const examples = [
      ...printedHelp(path)
        .split('\nExamples:\n')[1]!
        .matchAll(/^ {2}(\S.*)$/gm),
    ].map(([, line]) => line!);
    expect(examples.length).toBeGreaterThan(0);
    for (const line of examples) expect(() => parseExample(line), line).not.toThrow();
  });

  test.each(['awspip explain demo --invented', 'awspip invented demo', 'awspip approve demo', 'awspip exec --'])(
    'an example such as `%s` would be found',
    (line) => {
      expect(() => parseExample(line)).toThrow();
    },
  );
});

describe('help topics', () => {
  test('settings lists every setting with option, variables, meaning and default', () => {
    const text = settingsText(output);
    const flat = text.replace(/\s+/g, ' ');
    for (const { key, variables, doc } of Object.values(settings)) {
      expect(text).toContain(`--awspip-${key}\n`);
      for (const variable of variables) expect(flat).toContain(variable);
      expect(flat).toContain(doc.replace(/\s+/g, ' '));
    }
    expect(flat).toContain('default: 900');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('exit-codes lists every exit code', () => {
    const text = exitCodesText(output);
    for (const { code, meaning } of Object.values(exitCodes)) {
      expect(text.replace(/\s+/g, ' ')).toContain(` ${code} ${meaning}`);
    }
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  const helpOf = (argv: readonly string[], environment: Record<string, string> = {}) =>
    helpText(argv, { terminal: recordingTerminal().terminal, environment } as unknown as Context);

  test.each([[[]], [['--help']], [['-h']], [['help']], [['help', 'awspip']]])(
    '%j prints the help screen',
    async (argv) => {
      expect(await helpOf(argv)).toBe(helpScreen(output));
    },
  );

  test('a shell that completes a line gets pip’s answer', async () => {
    expect(await helpOf([], { PIP_AUTO_COMPLETE: '1' })).toBeUndefined();
  });

  test.each([[['install', '--help']], [['help', 'install']], [['--help', 'install']], [['help', 'settings', 'x']]])(
    '%j is left to pip',
    async (argv) => {
      expect(await helpOf(argv)).toBeUndefined();
      expect(withoutHelpVerb(argv)).toEqual(argv);
    },
  );

  test('help for an own verb, and for pip itself', () => {
    expect(withoutHelpVerb(['help', 'status'])).toEqual(['status', '--help']);
    expect(withoutHelpVerb(['help', 'policy', 'serve'])).toEqual(['policy', 'serve', '--help']);
    expect(withoutHelpVerb(['help', 'pip'])).toEqual(['--help']);
  });
});
