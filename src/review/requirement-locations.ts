import { temporaryFolder } from '../folders.ts';
import { localFiles } from '../pip/files.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { namesLockFile } from '../pip/lock-sources.ts';
import { readRequirementsFile } from '../pip/requirements-file.ts';
import type { Roots } from '../pip/roots.ts';
import type { ProcessContext } from '../process-context.ts';
import type { RequirementLocation } from './types.ts';

/** Returns every requirement of a command with its file and line. Requirements without a file are arguments. */
export async function requirementLocations(
  { environment }: ProcessContext,
  command: PipCommand,
  { roots, argv }: Pick<Roots, 'roots' | 'argv'>,
): Promise<readonly RequirementLocation[]> {
  const { read } = localFiles(temporaryFolder());
  const ports = { read, folder: process.cwd(), variables: environment };
  const originals = command.requirementFiles.filter((file) => !namesLockFile('--requirement', file));
  // Standard input and `<(…)` can be read once. Their lines are read from the copies and reported under their own names.
  const copies = parsePipArguments(argv).requirementFiles.filter((file) => !namesLockFile('--requirement', file));
  const files = await Promise.all(copies.map((file) => readRequirementsFile(file, ports)));
  const inFiles = files.flatMap(({ requirements }, at) =>
    requirements.map(({ text, file, line }): RequirementLocation => {
      const isCopy = copies[at] !== originals[at] && file === copies[at];
      return { text, file: isCopy ? (originals[at] ?? file) : file, line };
    }),
  );
  const found = new Set(inFiles.map(({ text }) => text));
  return [...inFiles, ...roots.filter((text) => !found.has(text)).map((text) => ({ text }))];
}
