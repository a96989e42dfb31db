import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openJsonFiles,
  prepareStateFolder,
  readJson,
  stateFolderError,
  writeFileAtomically,
} from '../../src/local/files.ts';
import { temporaryFolder } from './support/stack.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the files of the stack', () => {
  it('are written completely or not at all', async () => {
    const path = join(folder, 'file.json');
    await writeFileAtomically(path, '{"a":1}');
    expect(await readJson(path)).toEqual({ a: 1 });
    await expect(writeFileAtomically(join(folder, 'none', 'file'), 'x')).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(join(folder, 'taken'));
    await expect(writeFileAtomically(join(folder, 'taken'), 'x')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['file.json', 'taken']);
  });

  it('are absent only if there is none; a damaged one is an error', async () => {
    await writeFile(join(folder, 'half.json'), '{"a":');
    await expect(readJson(join(folder, 'half.json'))).rejects.toMatchObject({ code: 'state-damaged' });
    expect(await readJson(join(folder, 'none.json'))).toBeUndefined();
  });

  it('are read again only after a change, by this process or by another', async () => {
    const path = join(folder, 'file.json');
    const files = openJsonFiles();
    expect(await files.read(path)).toBeUndefined();
    await files.write(path, { number: 1 });
    const first = await files.read(path);
    expect([first, (await files.read(path)) === first]).toEqual([{ number: 1 }, true]);
    for (let number = 2; number < 9; number += 1) {
      await files.write(path, { number });
      expect(await files.read(path)).toEqual({ number });
    }
    await writeFile(path, '{"number":');
    await expect(files.read(path)).rejects.toMatchObject({ code: 'state-damaged' });
    await rm(path);
    expect(await files.read(path)).toBeUndefined();
  });

  it.each([
    ['ENOSPC', 'no space left on the disk'],
    ['EROFS', 'read-only'],
    ['EACCES', 'permission denied'],
  ])('explain %s and give a hint', (code, reason) => {
    const error = stateFolderError('/state', Object.assign(new Error('write'), { code }));
    expect(error).toMatchObject({ code: 'state-folder', exit: 'configuration' });
    expect(error.message).toContain(reason);
    expect(error.message).toContain('/state');
    expect(error.hint).toContain('AWSPIP_STATE_DIRECTORY');
  });

  it('do not include the probe after the folder was prepared', async () => {
    await prepareStateFolder(join(folder, 'new', 'state'));
    expect(await readdir(join(folder, 'new', 'state'))).toEqual([]);
  });
});
