import { readFile, writeFile } from 'node:fs/promises';
import { temporaryFolder } from '../folders.ts';
import type { ProcessContext } from '../process-context.ts';
import { localFiles } from './files.ts';
import type { PipCommand } from './grammar.ts';
import { openPostProcessing, type PostProcessing } from './post-processing.ts';
import type { RootsPorts } from './roots.ts';

type CommandInput = Pick<RootsPorts, 'configuration'> & { readonly argv: readonly string[] };

/** Opens the post-processing of a command that runs in this process's folder and prints to its stdout. */
export function processPostProcessing(
  { unique }: Pick<ProcessContext, 'unique'>,
  command: PipCommand,
  { argv, configuration = { options: [] } }: CommandInput,
): Promise<PostProcessing> {
  return openPostProcessing(command, argv, {
    folder: process.cwd(),
    configuration,
    files: {
      ...localFiles(temporaryFolder()),
      readText: (file: string) => readFile(file, 'utf8'),
      writeText: (file: string, text: string) => writeFile(file, text),
    },
    print: (text: string) => new Promise<void>((resolve) => process.stdout.write(text, () => resolve())),
    unique,
  });
}
