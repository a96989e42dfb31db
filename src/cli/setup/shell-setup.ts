import path from 'node:path';
import { AwspipError } from '../../errors.ts';
import { withBlock, withoutBlock } from './block.ts';
import type { CompletionWords } from './completion-words.ts';
import { fishInit } from './fish-shell.ts';
import { posixInit } from './posix-shell.ts';
import { powerShellInit } from './powershell.ts';
import {
  blockLines,
  initFiles,
  type Machine,
  type ShellName,
  shellNames,
  shellsInUse,
  startFiles,
  startFilesToWrite,
} from './shells.ts';
import { type Starter, shims } from './shims.ts';

/** This machine's files, and how awspip is started on it. */
export type ShellFiles = {
  readonly starter: Starter;
  /** Folder for what is ours alone. */
  readonly folder: string;
  readonly isThere: (file: string) => Promise<boolean>;
  readonly read: (file: string) => Promise<string | undefined>;
  /** Makes the folders above it. A link stays a link. */
  readonly write: (file: string, text: string, mode: number) => Promise<void>;
  readonly remove: (file: string) => Promise<void>;
};

export type Changed = { readonly file: string; readonly what: 'written' | 'removed' | 'as it was' };

/** @throws {AwspipError} `shell-unknown` (64). */
export function readShells(names: readonly string[]): readonly ShellName[] {
  return names.map((name) => {
    const known = shellNames.find((shell) => shell === name || (shell === 'powershell' && name === 'pwsh'));
    if (known !== undefined) return known;
    throw new AwspipError('shell-unknown', `\`${name.slice(0, 40)}\` is no shell that awspip knows`, {
      exit: 'usage',
      hint: `give one of ${shellNames.join(', ')}`,
    });
  });
}

/** Where the shims lie. */
export function shimFolder({ folder }: ShellFiles): string {
  return path.join(folder, 'shims');
}

/** Puts pip behind awspip in these shells, or in those in use. Doing it again changes nothing. */
export async function setUpShells(
  named: readonly ShellName[],
  words: CompletionWords,
  machine: Machine,
  files: ShellFiles,
): Promise<readonly Changed[]> {
  const shells = named.length > 0 ? named : await shellsInUse(machine, files.isThere);
  // Read and thought over before anything is written: a broken file stops all of it.
  const starts = await Promise.all(
    shells.map(async (shell) => {
      const lines = blockLines(shell, path.join(files.folder, initFiles[shell]));
      const written = await startFilesToWrite(shell, machine, files.isThere);
      return Promise.all(
        written.map(async (file) => ({ file, text: withBlock(file, await files.read(file), lines), mode: 0o644 })),
      );
    }),
  );
  const own = [
    ...shims(machine.platform, files.starter).map(({ name, text }) => ({
      file: path.join(shimFolder(files), name),
      text,
      mode: 0o755,
    })),
    ...[...new Set(shells.map((shell) => initFiles[shell]))].map((name) => ({
      file: path.join(files.folder, name),
      text: initText(name, words, files),
      mode: 0o644,
    })),
  ];
  const done: Changed[] = [];
  for (const { file, text, mode } of [...own, ...starts.flat()]) {
    const same = (await files.read(file)) === text;
    if (!same) await files.write(file, text, mode);
    done.push({ file, what: same ? 'as it was' : 'written' });
  }
  return done;
}

function initText(name: string, words: CompletionWords, files: ShellFiles): string {
  if (name === initFiles.fish) return fishInit(shimFolder(files), words);
  if (name === initFiles.powershell) return powerShellInit(shimFolder(files), files.starter, words);
  return posixInit(shimFolder(files), words);
}

/** Takes it out again: every file is as it was before, to the byte. */
export async function removeFromShells(
  named: readonly ShellName[],
  machine: Machine,
  files: ShellFiles,
): Promise<readonly Changed[]> {
  const shells = named.length > 0 ? named : shellNames;
  const starts = [...new Set(shells.flatMap((shell) => startFiles(shell, machine).flat()))];
  const found = await Promise.all(starts.map(async (file) => ({ file, before: await files.read(file) })));
  const planned = found.flatMap(({ file, before }) => {
    const after = before === undefined ? undefined : withoutBlock(file, before);
    return before === after ? [] : [{ file, after }];
  });
  for (const { file, after } of planned) {
    if (after === undefined) await files.remove(file);
    else await files.write(file, after, 0o644);
  }
  const own = named.length > 0 ? [] : ownFiles(machine, files);
  const there = await Promise.all(own.map((file) => files.isThere(file)));
  const gone = own.filter((_, at) => there[at]);
  for (const file of gone) await files.remove(file);
  return [
    ...planned.map(({ file, after }) => ({
      file,
      what: after === undefined ? ('removed' as const) : ('written' as const),
    })),
    ...gone.map((file) => ({ file, what: 'removed' as const })),
  ];
}

function ownFiles({ platform }: Machine, files: ShellFiles): string[] {
  const shimFiles = shims(platform, files.starter).map(({ name }) => path.join(shimFolder(files), name));
  return [...shimFiles, ...new Set(Object.values(initFiles).map((name) => path.join(files.folder, name)))];
}
