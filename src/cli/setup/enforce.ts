import { copyFile, lstat, mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AwspipError } from '../../errors.ts';
import { enforcedUvIndex, enforcedUvText, isEnforcedUv } from '../../installers/enforced-uv-configuration.ts';
import { uvUserFile } from '../../installers/uv-configuration.ts';
import { configurationFiles } from '../../pip/configuration.ts';
import { enforcedIndex, enforcedText, isEnforced, keptFile, type PipFile } from '../../pip/enforced-configuration.ts';
import { readOptional } from '../../pip/machine-configuration.ts';
import { closedIndexFolder } from '../../settings/folders.ts';
import { notText } from './block.ts';
import type { Changed } from './shell-setup.ts';
import type { Machine } from './shells.ts';

/** One configuration file that is replaced as long as the vetted repository is enforced. */
type Target = {
  readonly file: string;
  readonly isEnforced: (text: string) => boolean;
  readonly indexOf: (text: string) => string | undefined;
  /** Returns the text to write. `kept`: name of the file with the original text. */
  readonly render: (original: string, index: string, kept: string | undefined) => string;
};

/** Writes the user's configuration of pip and uv, so that they reach `index` only. A second call changes nothing. */
export async function enforce(index: string, machine: Machine): Promise<readonly Changed[]> {
  const plans = await Promise.all(targets(machine).map((target) => plan(target, index)));
  const done: Changed[] = [];
  for (const { target, text, isNew } of plans) {
    const { file } = target;
    if (readOptional(file) === text) {
      done.push({ file, what: 'unchanged' });
      continue;
    }
    await changing(file, async () => {
      await mkdir(path.dirname(file), { recursive: true });
      if (isNew) await copyFile(file, keptFile(file));
      await writeFile(file, text);
    });
    done.push({ file, what: 'written' });
  }
  return done;
}

/** Restores the configuration files byte for byte. A file that was changed since is kept under another name. */
export async function endEnforcement(machine: Machine): Promise<readonly Changed[]> {
  const done: Changed[] = [];
  for (const target of targets(machine)) {
    const { file } = target;
    const text = readOptional(file);
    if (text === undefined || !target.isEnforced(text)) continue;
    const kept = keptFile(file);
    const original = readOptional(kept);
    if (text !== target.render(original ?? '', target.indexOf(text) ?? '', nameOf(kept, original))) {
      const changed = `${file}.changed`;
      await changing(changed, () => writeFile(changed, text, { flag: 'wx' })); // never over an earlier one
      done.push({ file: changed, what: 'written' });
    }
    await changing(file, async () => {
      if (original === undefined) return removeFile(file);
      await copyFile(kept, file); // into the file, so that a link stays a link
      await rm(kept);
    });
    done.push({ file, what: original === undefined ? 'removed' : 'restored' });
  }
  return done;
}

/**
 * Changes a file.
 *
 * @throws {AwspipError} `configuration-not-written` (78), with the reason of the system.
 */
async function changing(file: string, change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw new AwspipError('configuration-not-written', `cannot write \`${file}\` (${code})`, {
      exit: 'configuration',
      hint:
        code === 'EEXIST' ? 'move this file away, and run the command again' : 'make the file and its folder writable',
      cause,
    });
  }
}

/** Creates the folder that stands for "nowhere", an index without packages, and returns its URL. */
export async function closedIndex(dataFolder: string): Promise<string> {
  const folder = closedIndexFolder(dataFolder);
  await mkdir(folder, { recursive: true });
  return pathToFileURL(folder).href;
}

/** Removes the folder of `closedIndex`, and the folder above it if it is empty. */
export async function removeClosedIndex(dataFolder: string): Promise<void> {
  for (const folder of [closedIndexFolder(dataFolder), dataFolder]) await rmdir(folder).catch(() => {});
}

/**
 * Returns what to write to one file.
 *
 * @throws {AwspipError} `configuration-kept` (78) if a copy of an earlier original is in the way; also for a file that
 *   is not UTF-8 or that the tool itself rejects.
 */
async function plan(target: Target, index: string) {
  const { file } = target;
  const kept = keptFile(file);
  const [present, original] = await Promise.all([readText(file), readText(kept)]);
  const isNew = present !== undefined && !target.isEnforced(present);
  if (isNew && original !== undefined) {
    throw new AwspipError('configuration-kept', `\`${kept}\` is in the way: awspip keeps your file under this name`, {
      exit: 'configuration',
      hint: 'move it away, if you do not need it any more',
    });
  }
  const before = isNew ? present : original;
  return { target, isNew, text: target.render(before ?? '', index, nameOf(kept, before)) };
}

function nameOf(kept: string, original: string | undefined): string | undefined {
  return original === undefined ? undefined : path.basename(kept);
}

function targets(machine: Machine): readonly Target[] {
  const environment = { ...machine.environment, PIP_CONFIG_FILE: undefined };
  const sources = { ...machine, environment, readFile: readOptional };
  const filesOfMachine = configurationFiles({ ...sources, isolated: true });
  const filesOfUser = configurationFiles(sources).filter((file) => !filesOfMachine.includes(file));
  const machineFiles = filesOfMachine.flatMap((file): PipFile[] => {
    const text = readOptional(file);
    return text === undefined ? [] : [{ path: file, text }];
  });
  // The last one is the file that pip creates. An older one counts if it is there.
  const pip = filesOfUser
    .filter((file) => file === filesOfUser.at(-1) || readOptional(file) !== undefined)
    .map(
      (file): Target => ({
        file,
        isEnforced: (text) => isEnforced(text, file),
        indexOf: (text) => enforcedIndex(text, file),
        render: (original, index, kept) => enforcedText({ path: file, text: original }, index, { machineFiles, kept }),
      }),
    );
  const uv: Target = {
    file: uvUserFile(machine),
    isEnforced: isEnforcedUv,
    indexOf: enforcedUvIndex,
    render: (original, index) => renderUv(uvUserFile(machine), original, index),
  };
  return [...pip, uv];
}

function renderUv(file: string, original: string, index: string): string {
  try {
    return enforcedUvText(original, index);
  } catch (cause) {
    throw new AwspipError('uv-configuration', `uv's configuration file \`${file}\` is not valid TOML`, {
      exit: 'configuration',
      hint: 'correct the file, and run the command again',
      cause,
    });
  }
}

async function readText(file: string): Promise<string | undefined> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new AwspipError('configuration-unreadable', `cannot read \`${file}\` (${error.code})`, {
      exit: 'configuration',
      hint: 'make the file readable, or move it away',
      cause: error,
    });
  });
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notText(file);
  }
}

/** Removes a file. A link into a folder of dotfiles stays, and its file becomes empty. */
async function removeFile(file: string): Promise<void> {
  const isLink = (await lstat(file)).isSymbolicLink();
  await (isLink ? writeFile(file, '') : rm(file));
}
