import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FilePort, localFiles } from '../../src/pip/files.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { gatherRoots, type Roots } from '../../src/pip/roots.ts';

/** A working folder with files for a test. `close` removes it with all copies. */
export type TestFolder = {
  readonly folder: string;
  /** The folder for copies. */
  readonly temporaryFolder: string;
  readonly writeFiles: (files: Readonly<Record<string, string>>) => Promise<void>;
  readonly gather: (
    argv: readonly string[],
    variables?: Readonly<Record<string, string>>,
    files?: Partial<FilePort>,
  ) => Promise<Roots>;
  readonly close: () => Promise<void>;
};

export async function openTestFolder(): Promise<TestFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'awspip-roots-'));
  const temporaryFolder = path.join(folder, 'temporary');
  await mkdir(temporaryFolder);
  return {
    folder,
    temporaryFolder,
    writeFiles: async (files) => {
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(folder, name);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, content);
      }
    },
    gather: (argv, variables = {}, files = {}) =>
      gatherRoots(parsePipArguments(argv), { folder, variables, files: { ...localFiles(temporaryFolder), ...files } }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
