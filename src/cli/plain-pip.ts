import { parsePipArguments } from '../pip/grammar.ts';
import { couldInstall, runWithoutIndex } from '../pip/run-without-index.ts';
import { splitOwnOptions } from '../pip/split-own-options.ts';
import { type ReadText, readUserFile } from '../settings/files.ts';
import { resolveSettings } from '../settings/resolve.ts';
import { settings } from '../settings/table.ts';
import { isOwnVerb } from './verb-names.ts';

/** What a command line that pip runs alone needs of the process. */
export type PlainContext = {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly userFile: string;
  readonly readText: ReadText;
};

/**
 * Runs a command that uses no index, such as `list` or `freeze`, and returns pip's exit code. Returns undefined for every
 * other command line, before anything has run. It exists because loading the rest of awspip takes longer than it takes
 * to start pip: `run` does the same for these commands, and reports what is wrong.
 *
 * @throws {AwspipError} as `run` would report it.
 */
export async function runPlain({ argv, environment, userFile, readText }: PlainContext): Promise<number | undefined> {
  const forms = Object.values(settings).map(({ key }) => ({ name: key, takesValue: true }));
  const { ownOptions, rest } = splitOwnOptions(argv, forms);
  const command = parsePipArguments(rest);
  if (isOwnVerb(rest[0]) || command.usesIndex || command.asksForHelp || couldInstall(command)) return undefined;
  if (command.verb === undefined || command.asksForVersion) return undefined;
  const flag = Object.fromEntries(ownOptions.map(({ name, value = '' }) => [name, value]));
  const { values } = resolveSettings({ flag, environment, user: await readUserFile(userFile, readText) });
  return (await runWithoutIndex({ environment, settings: values }, command)).exitCode;
}
