import { realpathSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryFolder } from '../folders.ts';
import { execFolderVariable, relayFile, searchPath } from '../pip/search-path.ts';
import type { ProcessContext } from '../process-context.ts';
import type { ExecCommand } from './exec-command.ts';
import { isProgram } from './find-program.ts';
import { runsPrograms } from './installer.ts';
import { parseRecords, type RecordedProgram, type ShimSettings, shimKind, shimText } from './shim-text.ts';

/** A folder that is first on PATH, with programs that run installers behind the relay. */
export type ExecShims = {
  /** The variables that put the folder on PATH. */
  readonly variables: (pathVariable: string) => Readonly<Record<string, string>>;
  /** Returns the programs that ran so far. */
  readonly records: () => Promise<readonly RecordedProgram[]>;
  readonly cleanup: () => Promise<void>;
};

/** No shims: on Windows, and for commands that run no programs of the user. */
const noShims: ExecShims = { variables: () => ({}), records: async () => [], cleanup: async () => {} };

const maxRecords = 2_000;
const maxRecordBytes = 1024 * 1024;

type Options = Pick<ShimSettings, 'starter'> & {
  readonly temporaryFolder: string;
  readonly relay: { readonly indexUrl: string; readonly proxyUrl: string };
};

/** Writes the shims of the programs on PATH. Other users can neither read nor change them. */
export async function openExecShims(
  pathVariable: string,
  { temporaryFolder, relay, starter }: Options,
): Promise<ExecShims> {
  const folder = await mkdtemp(path.join(temporaryFolder, 'awspip-exec-'));
  const cleanup = () => rm(folder, { recursive: true, force: true });
  const log = path.join(folder, 'log');
  try {
    await mkdir(log, { mode: 0o700 });
    const { indexUrl, proxyUrl } = relay;
    await writeFile(path.join(folder, relayFile), JSON.stringify({ indexUrl, proxyUrl }), { flag: 'wx', mode: 0o600 });
    for (const [name, file] of await programsOnPath(pathVariable)) {
      const kind = shimKind(name);
      if (kind === undefined) continue;
      await writeFile(path.join(folder, name), shimText(name, kind, file, { folder, starter }), { mode: 0o700 });
    }
  } catch (error) {
    await cleanup();
    throw error;
  }
  return {
    variables: (current) => ({
      PATH: current === '' ? folder : `${folder}${path.delimiter}${current}`,
      [execFolderVariable]: folder,
    }),
    records: () => readRecords(log),
    cleanup,
  };
}

/** Returns the programs on PATH that get a shim, by name: the first of each. */
async function programsOnPath(pathVariable: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const folders = pathVariable.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  for (const folder of new Set(folders)) {
    for (const name of await readdir(folder).catch(() => [])) {
      const file = path.join(folder, name);
      if (!found.has(name) && shimKind(name) !== undefined && isProgram(file)) found.set(name, file);
    }
  }
  return found;
}

async function readRecords(log: string): Promise<readonly RecordedProgram[]> {
  const files = (await readdir(log).catch(() => [])).slice(0, maxRecords);
  const texts = await Promise.all(
    files.map(async (file) => (await readFile(path.join(log, file), 'utf8').catch(() => '')).slice(0, maxRecordBytes)),
  );
  return texts.flatMap(parseRecords).slice(0, maxRecords);
}

/** Returns the shims of a command: none on Windows, and for installers that run no programs of the user. */
export async function shimsFor(
  context: ProcessContext,
  { installer, args }: Pick<ExecCommand, 'installer' | 'args'>,
  relay: Options['relay'],
): Promise<ExecShims> {
  const needsNone = installer.installsOnly && !runsPrograms(installer, args);
  if (process.platform === 'win32' || needsNone) return noShims;
  const starter = [process.execPath, realpathSync(process.argv[1] ?? '')] as const;
  return openExecShims(searchPath(context.environment), { temporaryFolder: temporaryFolder(), relay, starter });
}
