import { appendFile, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appending, journalLine } from '../../src/local/tables/journal-file.ts';
import { openJournaledLevel } from '../../src/local/tables/journaled-level.ts';

let folder: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'awspip-tables-')), 'tables');
});
afterEach(() => rm(path.dirname(folder), { recursive: true }));

const journal = () => path.join(folder, 'journal');

async function entries(): Promise<Record<string, unknown>> {
  const database = await openJournaledLevel(folder);
  const found = await database.iterator().all();
  await database.close();
  return Object.fromEntries(found);
}

/** Makes changes in a database, and closes it. */
async function write(change: (database: Awaited<ReturnType<typeof openJournaledLevel>>) => Promise<unknown>) {
  const database = await openJournaledLevel(folder, { minCompactionBytes: 4096 });
  await change(database);
  await database.close();
}

describe('the database of the tables', () => {
  test('has after it is opened again what was put, and not what was removed', async () => {
    await write(async (database) => {
      await database.put('a', { text: 'line\nfeed \u2028 é 🐍' });
      await database.put('b', [1, 2]);
      await database.put('c', 'old');
      await database.batch([
        { type: 'put', key: 'c', value: 'new' },
        { type: 'del', key: 'b' },
      ]);
    });
    expect(await entries()).toEqual({ a: { text: 'line\nfeed \u2028 é 🐍' }, c: 'new' });
    await write((database) => database.del('a'));
    expect(await entries()).toEqual({ c: 'new' });
  });

  test('answers with a change only after the journal has it', async () => {
    const database = await openJournaledLevel(folder);
    await Promise.all(
      Array.from({ length: 200 }, async (_, number) => {
        await database.put(`key ${number}`, number);
        expect(await readFile(journal(), 'utf8')).toContain(`"key ${number}"`);
      }),
    );
    await database.close();
    expect(Object.keys(await entries())).toHaveLength(200);
  });

  test('loses nothing but a last change that a killed process did not finish', async () => {
    await write((database) => database.put('a', 1));
    const { size } = await stat(journal());
    await write((database) => database.put('b', 2));
    const whole = await readFile(journal());
    for (let length = size; length < whole.length; length += 1) {
      await writeFile(journal(), whole);
      await truncate(journal(), length);
      expect(await entries()).toEqual({ a: 1 });
    }
    await write((database) => database.put('c', 3));
    expect(await entries()).toEqual({ a: 1, c: 3 });
  });

  test('replaces a journal that has grown, and keeps every entry', async () => {
    await write(async (database) => {
      for (let round = 0; round < 50; round += 1) {
        await Promise.all(Array.from({ length: 20 }, (_, key) => database.put(`key ${key}`, { round, key })));
        if (round % 10 === 0) await database.del('key 7');
      }
    });
    expect((await stat(journal())).size).toBeLessThan(3 * 4096);
    const found = await entries();
    expect(Object.keys(found)).toHaveLength(20);
    expect(Object.values(found)).toEqual(Array.from({ length: 20 }, () => expect.objectContaining({ round: 49 })));
  });

  test('ignores a replacement that a killed process did not finish', async () => {
    await write((database) => database.put('a', 1));
    await writeFile(path.join(folder, 'journal.new'), 'half a line');
    expect(await entries()).toEqual({ a: 1 });
    await rm(journal());
    expect(await entries()).toEqual({});
  });

  test.each([
    ['a changed byte', async () => writeFile(journal(), (await readFile(journal(), 'utf8')).replace('"a"', '"A"'))],
    ['a line that is none', () => writeFile(journal(), 'x\n')],
    ['an empty line', () => appendFile(journal(), '\n')],
    ['a folder as journal', () => rm(journal()).then(() => mkdir(journal()))],
    ['another database', () => rm(journal()).then(() => writeFile(path.join(folder, 'CURRENT'), ''))],
    ['a file as folder', () => rm(folder, { recursive: true }).then(() => writeFile(folder, ''))],
  ])('is not opened with %s', async (_, damage) => {
    await write((database) => database.put('a', 1));
    await damage();
    await expect(openJournaledLevel(folder)).rejects.toMatchObject({
      code: 'state-damaged',
      hint: 'run `awspip local repair`, which moves damaged parts aside',
    });
  });
});

test('a write that fails leaves no part of a line', async () => {
  let written = Buffer.alloc(0);
  let space = 40;
  const handle = {
    writeFile: async (bytes: unknown) => {
      written = Buffer.concat([written, (bytes as Buffer).subarray(0, space)]);
      if ((bytes as Buffer).length > space) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    },
    truncate: async (length = 0) => {
      written = written.subarray(0, length);
    },
    close: () => Promise.resolve(),
  };
  const file = appending(handle, 0);
  const short = journalLine([['a', '1']]);
  await file.append(short);
  await expect(file.append(journalLine([['b', '2'.repeat(100)]]))).rejects.toThrow('no space left');
  expect(file.size()).toBe(short.length);
  space = 1000;
  await file.append(short);
  expect(written.toString()).toBe(`${short}${short}`);
});
