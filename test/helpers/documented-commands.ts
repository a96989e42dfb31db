import type { Command } from 'commander';
import type { Context } from '../../src/cli/context.ts';
import { ownProgram as programOf } from '../../src/cli/own-verbs.ts';
import { isVerb } from '../../src/pip/options.ts';
import { settings } from '../../src/settings/table.ts';
import { codeIn } from './documents.ts';

/** Returns the table of awspip's own verbs; nothing of it runs. */
export function ownVerbTable(): Command {
  const context = { terminal: { stdout: process.stdout, stderr: process.stderr } };
  return programOf({} as Parameters<typeof programOf>[0], context as unknown as Context, () => {});
}

/** Command lines of awspip in code voice that awspip does not take: a verb, a verb below it or an option is unknown. */
export function unknownCommands(text: string): readonly string[] {
  const program = ownVerbTable();
  return codeIn(text)
    .flatMap((code) => [...code.matchAll(/(?<![\w./-])awspip ([a-z][^#|;&]*)/g)].map(([, words = '']) => words.trim()))
    .filter((words) => !isKnown(words.split(/\s+/), program));
}

function isKnown([verb = '', ...words]: readonly string[], program: Command): boolean {
  const command = program.commands.find((each) => each.name() === verb);
  if (command === undefined) return isVerb(verb);
  if (verb === 'exec' || verb === 'vet') return true; // what follows is another program's, or pip's
  const below = command.commands.length > 0 && /^[a-z]+$/.test(words[0] ?? '') ? words[0] : undefined;
  const found = below === undefined ? command : command.commands.find((each) => each.name() === below);
  const known = new Set(['--help', ...(found?.options ?? []).map(({ long }) => long)]);
  const options = words.flatMap((word) => /^--[a-z][\w-]*/.exec(word) ?? []);
  return found !== undefined && options.every((option) => known.has(option) || option.startsWith('--awspip-'));
}

/** Variables that the tests read. */
const forTests = new Set(['AWSPIP_TEST_INSTALLERS', 'AWSPIP_TEST_CASES']);

/** Settings that a text names, as an option or as a variable, and that do not exist. */
export function unknownSettings(text: string): readonly string[] {
  const known = new Set(Object.values(settings).flatMap(({ key, variables }) => [`--awspip-${key}`, ...variables]));
  const named = text.match(/--awspip-[a-z][a-z-]*[a-z]|\bAWSPIP_[A-Z][A-Z_]*[A-Z]\b/g) ?? [];
  return named.filter((name) => !known.has(name) && !forTests.has(name));
}
