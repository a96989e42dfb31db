import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { repairStack } from '../../src/local/lifecycle/repair-stack.ts';
import { openJournaledLevel } from '../../src/local/tables/journaled-level.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'awspip-repair-'));
});
afterEach(() => rm(folder, { recursive: true }));

const now = Date.parse('2026-01-02T03:04:05Z');
const repair = () => repairStack({ stateDirectory: folder, now });
const movedPaths = async () => (await repair()).moved.map((part) => part.path);

async function write(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await writeFile(path.join(folder, file), content);
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const blob = (text: string) => `files/${digest(text).slice(0, 2)}/${digest(text)}`;
const packageFile = 'domains/local-1/packages/secure-pypi/x.json';

/** Writes a state with one of everything, undamaged. */
async function writeState(): Promise<void> {
  await write(packageFile, '{"name":"x","versions":[]}');
  await write('domains/local-1/domain.json', '{"createdTime":1}');
  await write('domains/local-1/machines/awspip-1/configuration.json', '{}');
  await write('domains/local-1/machines/awspip-1/executions/closed/a.json', '{"name":"a"}');
  await write(blob('bytes'), 'bytes');
  await write('secret', 'secret');
  await write('port', '1234');
  const database = await openJournaledLevel(path.join(folder, 'tables'));
  await database.put('key', 'value');
  await database.close();
}

describe('a repair', () => {
  test('of a folder that does not exist creates none', async () => {
    const absent = path.join(folder, 'absent');
    expect((await repairStack({ stateDirectory: absent, now })).moved).toEqual([]);
    await expect(access(absent)).rejects.toThrow('ENOENT');
  });

  test('leaves an undamaged state as it is', async () => {
    await writeState();
    expect(await repair()).toEqual({ moved: [], to: path.join(folder, 'damaged-2026-01-02T03-04-05-000Z') });
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['domains', 'files', 'tables', 'secret', 'port']));
    expect(await readFile(path.join(folder, packageFile), 'utf8')).toContain('versions');
  });

  test.each([
    ['half a package', packageFile, '{"name":'],
    ['a package without versions', packageFile, '{}'],
    ['an empty domain', 'domains/local-1/domain.json', ''],
    ['half a configuration', 'domains/local-1/machines/awspip-1/configuration.json', '{'],
    ['half an execution', 'domains/local-1/machines/awspip-1/executions/closed/a.json', '{'],
    ['a file with other bytes', blob('bytes'), 'other'],
    ['an empty file', blob('bytes'), ''],
  ])('moves %s aside, and nothing else', async (_, file, content) => {
    await writeState();
    await write(file, content);
    const { moved, to } = await repair();
    expect(moved).toEqual([{ path: file, reason: expect.any(String) }]);
    await expect(access(path.join(folder, file))).rejects.toThrow('ENOENT');
    expect(await readFile(path.join(to, file), 'utf8')).toBe(content);
    expect((await repair()).moved).toEqual([]);
  });

  test.each([
    ['a package', packageFile],
    ['a file', blob('bytes')],
    ['the secret', 'secret'],
    ['the port file', 'stack.json'],
  ])('moves a folder in place of %s', async (_, file) => {
    await writeState();
    await rm(path.join(folder, file), { force: true });
    await mkdir(path.join(folder, file), { recursive: true });
    expect(await movedPaths()).toEqual([file]);
  });

  test.each(['domains', 'files', 'tables'])('moves a file in place of the folder %s', async (name) => {
    await writeState();
    await rm(path.join(folder, name), { recursive: true });
    await write(name, 'a file');
    expect(await movedPaths()).toEqual([name]);
  });

  test.each([
    ['whose journal has a damaged line', 'journal', '00000000 [["key","value"]]\n'],
    ['whose journal is not one', 'journal', 'x\n'],
  ])('moves tables %s', async (_, file, content) => {
    await writeState();
    await write(`tables/${file}`, content);
    expect(await movedPaths()).toEqual(['tables']);
    expect(await movedPaths()).toEqual([]);
  });

  test('moves tables of another kind of database', async () => {
    await writeState();
    await rm(path.join(folder, 'tables/journal'));
    await write('tables/CURRENT', 'MANIFEST-000001\n');
    expect(await movedPaths()).toEqual(['tables']);
  });
});
