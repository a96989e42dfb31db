import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tokenCache } from '../../src/codeartifact/token-cache.ts';

let folder: string;
let directory: string;
let clock = 0;
const now = () => clock;
beforeEach(async () => {
  clock = 1_000;
  folder = await mkdtemp(join(tmpdir(), 'tokens-'));
  directory = join(folder, 'state', 'tokens');
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const key = ['token', 'profile', 'region'];
const entry = { text: 'secret-token', expiresAt: 2_000 };

test('an entry is found under its own key only, until it expires', async () => {
  const cache = tokenCache({ directory, now });
  await cache.write(key, entry);
  expect(await tokenCache({ directory, now }).read(key)).toEqual(entry);
  expect(await cache.read(['token', 'profile', 'other'])).toBeUndefined();
  expect(await cache.read(['token', 'profileregion'])).toBeUndefined();
  clock = 2_000;
  expect(await cache.read(key)).toBeUndefined();
});

test('only the user can read the files, even if the folder existed with wider permissions', async () => {
  const cache = tokenCache({ directory, now });
  await cache.write(key, entry);
  await chmod(directory, 0o755);
  await cache.write(key, entry);
  const files = await readdir(directory);
  expect(files).toHaveLength(1);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect((await stat(join(directory, files[0]!))).mode & 0o777).toBe(0o600);
  expect(files[0]).not.toContain('profile');
});

test.each(['', '{', 'null', '[]', '{"text":1,"expiresAt":9999}', '{"text":"x"}', '{"text":"","expiresAt":9999}'])(
  'a file with the content %j counts as missing',
  async (content) => {
    const cache = tokenCache({ directory, now });
    await cache.write(key, entry);
    await writeFile(join(directory, (await readdir(directory))[0]!), content);
    expect(await cache.read(key)).toBeUndefined();
  },
);

test('an unwritable folder means no cache, and no error', async () => {
  await writeFile(join(folder, 'state'), 'a file where the folder should be');
  const cache = tokenCache({ directory, now });
  await cache.write(key, entry);
  expect(await cache.read(key)).toBeUndefined();
});

test('concurrent writers leave one complete entry and no temporary files', async () => {
  const cache = tokenCache({ directory, now });
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => cache.write(key, { ...entry, text: `${index}`.repeat(5_000) })),
  );
  expect((await cache.read(key))?.text).toMatch(/^(\d)\1+$|^(\d\d)\2+$/);
  expect(await readdir(directory)).toHaveLength(1);
});
