import { realpathSync } from 'node:fs';
import { access, chmod, lstat, mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { homeFolder } from '../../folders.ts';
import { dataFolder } from '../../settings/folders.ts';
import { notText } from './block.ts';
import type { ShellFiles } from './shell-setup.ts';

/** Returns access to the files that `awspip setup` writes, and how this awspip is started. */
export function shellFiles(environment: Readonly<Record<string, string | undefined>>): ShellFiles {
  const folder = dataFolder({ platform: process.platform, home: homeFolder(), environment });
  return {
    starter: [process.execPath, realpathSync(process.argv[1] ?? '')],
    folder,
    exists: async (file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    read: async (file) =>
      readFile(file).then(
        (bytes) => textOf(file, bytes),
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
          throw error;
        },
      ),
    async write(file, text, mode) {
      await mkdir(path.dirname(file), { recursive: true });
      // An existing file keeps its mode, and a link stays a link.
      await writeFile(file, text, { mode });
      if (mode === 0o755) await chmod(file, mode);
    },
    async remove(file) {
      // A start file may have become a link into a folder of dotfiles. The link stays, and the file becomes empty.
      const isLink = (await lstat(file).catch(() => undefined))?.isSymbolicLink() === true;
      await (isLink ? writeFile(file, '') : rm(file, { force: true }));
      // awspip's own folders are removed once they are empty.
      if (file.startsWith(`${folder}${path.sep}`)) await removeEmpty([path.dirname(file), folder]);
    },
  };
}

/**
 * Decodes UTF-8. Other encodings would change when the file is written back.
 *
 * @throws {AwspipError} `file-not-text` (78)
 */
function textOf(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notText(file);
  }
}

async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => {});
}
