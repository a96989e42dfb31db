import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localFiles } from '../../src/pip/files.ts';
import { openTestFolder, type TestFolder } from './support.ts';

let testFolder: TestFolder;
const writeFiles: TestFolder['writeFiles'] = (files) => testFolder.writeFiles(files);
const gather: TestFolder['gather'] = (...input) => testFolder.gather(...input);

beforeEach(async () => {
  testFolder = await openTestFolder();
});
afterEach(() => testFolder.close());

describe('an input that can be read only once', () => {
  test('is copied before the first run: a named pipe', async () => {
    const fifo = path.join(testFolder.folder, 'pipe');
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    const writer = spawn('sh', ['-c', `printf 'six\\nclick\\n' > '${fifo}'`]);
    const { argv, roots, cleanup } = await gather(['install', `--requirement=${fifo}`, '-q']);
    writer.kill();
    const copy = argv[1]?.replace('--requirement=', '') ?? '';
    expect(roots).toEqual(['six', 'click']);
    expect([argv[0], argv[2], path.dirname(path.dirname(copy))]).toEqual(['install', '-q', testFolder.temporaryFolder]);
    expect(await readFile(copy, 'utf8')).toBe('six\nclick\n');
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    await cleanup();
    expect(await readdir(testFolder.temporaryFolder)).toEqual([]);
  });

  test('is copied before the first run: an open descriptor, named by its number in messages', async () => {
    await writeFiles({ 'r.txt': 'git+https://host/x#egg=x\nsix' });
    const descriptor = openSync(path.join(testFolder.folder, 'r.txt'), 'r');
    const { argv, roots, unvettedSources } = await gather(['install', `-r/dev/fd/${descriptor}`]);
    closeSync(descriptor);
    expect(roots).toEqual(['six']);
    expect(unvettedSources[0]?.where).toBe(`/dev/fd/${descriptor}:1`);
    expect(await readFile(argv[1]?.slice(2) ?? '', 'utf8')).toContain('six');
  });

  test('is copied before the first run: standard input, as - and as /dev/stdin', async () => {
    const read = async (file: string) => {
      expect([file.startsWith(testFolder.temporaryFolder), file === '/dev/stdin']).toContain(true);
      return Buffer.from('six');
    };
    for (const input of ['-', '/dev/stdin']) {
      const { argv, constraints } = await gather(['install', '-c', input, 'click'], {}, { read });
      expect([constraints, argv[2]?.startsWith(testFolder.temporaryFolder)]).toEqual([['six'], true]);
    }
  });

  test('must not be included by a file, because the second run would lack it', async () => {
    const fifo = path.join(testFolder.folder, 'pipe');
    spawnSync('mkfifo', [fifo]);
    await writeFiles({ 'r.txt': '-r pipe' });
    await expect(gather(['install', '-r', 'r.txt'])).rejects.toMatchObject({
      code: 'once-only-include',
      exit: 'usage',
    });
    expect(await readdir(testFolder.temporaryFolder)).toEqual([]);
  });

  test('is rejected when it never ends', async () => {
    await expect(localFiles(testFolder.temporaryFolder).read('/dev/zero')).rejects.toMatchObject({
      code: 'requirements-too-large',
    });
  });

  test('needs a writable temporary folder', async () => {
    const unwritable = localFiles(path.join(testFolder.folder, 'absent'));
    await expect(unwritable.makeFolder()).rejects.toMatchObject({ code: 'no-temporary-folder', exit: 'configuration' });
  });
});
