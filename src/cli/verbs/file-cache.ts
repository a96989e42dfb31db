import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { AwspipError } from '../../errors.ts';
import { printable } from '../../printable.ts';
import { isPrivate } from '../../private-folder.ts';
import { countFiles } from '../../relay/file-cache/prune.ts';
import { fileCacheFolder } from '../../settings/folders.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { jsonDocument } from '../json-document.ts';
import { count } from '../messages.ts';
import { verbSummaries } from '../verb-names.ts';

/** Adds `awspip file-cache …`. */
export function addFileCache(program: Command, { values }: ResolvedSettings, context: Context): void {
  const { stdout } = context.terminal;
  const folderOf = () => fileCacheFolder(context);
  const verb = program
    .command('file-cache')
    .summary(verbSummaries['file-cache'])
    .description('Shows or empties the cache of vetted files, which pip, uv and all projects share.');
  verb
    .command('dir')
    .summary('print the folder')
    .action(() => void stdout.write(`${folderOf()}\n`));
  verb
    .command('info')
    .summary('show the number and the size of the files')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: true }) => {
      const folder = folderOf();
      const { files, bytes } = await countFiles(folder, Date.now);
      const maxBytes = values.fileCache === 'off' ? 0 : values.fileCache;
      if (json) {
        stdout.write(jsonDocument({ folder, files, bytes, maxBytes }));
        return;
      }
      const limit = values.fileCache === 'off' ? 'the cache is off' : `at most ${megabytes(values.fileCache)}`;
      stdout.write(`${printable(folder)}: ${count(files, 'file')}, ${megabytes(bytes)} (${limit})\n`);
    });
  verb
    .command('purge')
    .summary('remove all cached files')
    .action(async () => {
      const folder = folderOf();
      const { files, bytes } = await countFiles(folder, Date.now);
      if (files > 0) await requirePrivate(folder);
      if (await isPrivate(folder)) await rm(folder, { recursive: true, force: true });
      stdout.write(`removed ${count(files, 'file')}, ${megabytes(bytes)}\n`);
    });
}

async function requirePrivate(folder: string): Promise<void> {
  if (await isPrivate(folder)) return;
  throw new AwspipError('file-cache-unsafe', `other users can change \`${folder}\`, so awspip doesn't use it`, {
    exit: 'configuration',
    hint: `remove it yourself, or make it and the folder above it your own and writable only by you`,
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes >= 1e8 || bytes === 0 ? 0 : 1)} MB`;
}
