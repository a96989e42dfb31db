import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FilePort, localFiles } from '../../src/pip/files.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { gatherRoots, type Roots } from '../../src/pip/roots.ts';

/** A working folder with files of the test's making, gone with all copies when closed. */
export type Workplace = {
  readonly folder: string;
  /** Where copies go. */
  readonly temporary: string;
  readonly put: (files: Readonly<Record<string, string>>) => Promise<void>;
  readonly gather: (
    argv: readonly string[],
    variables?: Readonly<Record<string, string>>,
    files?: Partial<FilePort>,
  ) => Promise<Roots>;
  readonly close: () => Promise<void>;
};

export async function openWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(path.join(tmpdir(), 'awspip-roots-'));
  const temporary = path.join(folder, 'temporary');
  await mkdir(temporary);
  return {
    folder,
    temporary,
    put: async (files) => {
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(folder, name);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, content);
      }
    },
    gather: (argv, variables = {}, files = {}) =>
      gatherRoots(parsePipArguments(argv), { folder, variables, files: { ...localFiles(temporary), ...files } }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
