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

test('what is written is read again under the same key only, until it ends', async () => {
  const cache = tokenCache({ directory, now });
  await cache.write(key, entry);
  expect(await tokenCache({ directory, now }).read(key)).toEqual(entry);
  expect(await cache.read(['token', 'profile', 'other'])).toBeUndefined();
  expect(await cache.read(['token', 'profileregion'])).toBeUndefined();
  clock = 2_000;
  expect(await cache.read(key)).toBeUndefined();
});

test('nobody else may read it, also when the folder was there with wider rights', async () => {
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
  'a file that holds %j is as good as none',
  async (content) => {
    const cache = tokenCache({ directory, now });
    await cache.write(key, entry);
    await writeFile(join(directory, (await readdir(directory))[0]!), content);
    expect(await cache.read(key)).toBeUndefined();
  },
);

test('where nothing can be written, nothing is kept and nothing fails', async () => {
  await writeFile(join(folder, 'state'), 'a file where the folder should be');
  const cache = tokenCache({ directory, now });
  await cache.write(key, entry);
  await cache.forget(key);
  expect(await cache.read(key)).toBeUndefined();
});

test('writers at the same time leave one whole entry and no litter', async () => {
  const cache = tokenCache({ directory, now });
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => cache.write(key, { ...entry, text: `${index}`.repeat(5_000) })),
  );
  expect((await cache.read(key))?.text).toMatch(/^(\d)\1+$|^(\d\d)\2+$/);
  expect(await readdir(directory)).toHaveLength(1);
});

test('what is forgotten is gone', async () => {
  const cache = tokenCache({ directory, now });
  await cache.write(key, entry);
  await cache.forget(key);
  expect(await cache.read(key)).toBeUndefined();
});
