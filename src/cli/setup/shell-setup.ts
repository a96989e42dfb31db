import path from 'node:path';
import { AwspipError } from '../../errors.ts';
import type { CompletionTable } from '../completion/types.ts';
import { withBlock, withoutBlock } from './block.ts';
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

/** Access to the start files of this machine, and how awspip is started on it. */
export type ShellFiles = {
  readonly starter: Starter;
  /** Folder for awspip's own files. */
  readonly folder: string;
  readonly exists: (file: string) => Promise<boolean>;
  readonly read: (file: string) => Promise<string | undefined>;
  /** Creates the folders above the file. A link stays a link. */
  readonly write: (file: string, text: string, mode: number) => Promise<void>;
  readonly remove: (file: string) => Promise<void>;
};

/** A file and what setup did with it. */
export type Changed = { readonly file: string; readonly what: 'written' | 'removed' | 'restored' | 'unchanged' };

/**
 * Returns the shells of these names; `pwsh` is PowerShell.
 *
 * @throws {AwspipError} `shell-unknown` (64)
 */
export function readShells(names: readonly string[]): readonly ShellName[] {
  return names.map((name) => {
    const known = shellNames.find((shell) => shell === name || (shell === 'powershell' && name === 'pwsh'));
    if (known !== undefined) return known;
    throw new AwspipError('shell-unknown', `awspip cannot set up the shell \`${name.slice(0, 40)}\``, {
      exit: 'usage',
      hint: `name one of ${shellNames.join(', ')}`,
    });
  });
}

/** Returns the folder of the shims. */
export function shimFolder({ folder }: ShellFiles): string {
  return path.join(folder, 'shims');
}

/** Writes the shims and the start files of these shells, or of the shells in use. A second call changes nothing. */
export async function setUpShells(
  named: readonly ShellName[],
  table: CompletionTable,
  machine: Machine,
  files: ShellFiles,
): Promise<readonly Changed[]> {
  const shells = named.length > 0 ? named : await shellsInUse(machine, files.exists);
  // Every file is read and checked before the first is written, so that a broken file leaves all unchanged.
  const starts = await Promise.all(
    shells.map(async (shell) => {
      const lines = blockLines(shell, path.join(files.folder, initFiles[shell]));
      const written = await startFilesToWrite(shell, machine, files.exists);
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
      text: initText(name, table, files),
      mode: 0o644,
    })),
  ];
  const done: Changed[] = [];
  for (const { file, text, mode } of [...own, ...starts.flat()]) {
    const same = (await files.read(file)) === text;
    if (!same) await files.write(file, text, mode);
    done.push({ file, what: same ? 'unchanged' : 'written' });
  }
  return done;
}

function initText(name: string, table: CompletionTable, files: ShellFiles): string {
  if (name === initFiles.fish) return fishInit(shimFolder(files), table);
  if (name === initFiles.powershell) return powerShellInit(shimFolder(files), files.starter, table);
  return posixInit(shimFolder(files), table);
}

/** Removes what `setUpShells` wrote. Every start file is restored byte for byte. */
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
  const present = await Promise.all(own.map((file) => files.exists(file)));
  const removed = own.filter((_, index) => present[index]);
  for (const file of removed) await files.remove(file);
  return [
    ...planned.map(({ file, after }) => ({
      file,
      what: after === undefined ? ('removed' as const) : ('written' as const),
    })),
    ...removed.map((file) => ({ file, what: 'removed' as const })),
  ];
}

function ownFiles({ platform }: Machine, files: ShellFiles): string[] {
  const shimFiles = shims(platform, files.starter).map(({ name }) => path.join(shimFolder(files), name));
  return [...shimFiles, ...new Set(Object.values(initFiles).map((name) => path.join(files.folder, name)))];
}
