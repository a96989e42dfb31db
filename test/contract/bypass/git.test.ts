import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { gitEnvironment } from '../../../src/pip/git-environment.ts';

/** Counts connections, and answers none of them. */
let connections = 0;
const server = createServer((socket) => {
  connections += 1;
  socket.destroy();
});
const folder = mkdtempSync(path.join(tmpdir(), 'awspip-git-'));
let host: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  execFileSync('git', ['init', '-q', path.join(folder, 'local')]);
});
beforeEach(() => {
  connections = 0;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Checks whether git connects to the server. */
async function tryToFetch(url: string, allowed: readonly string[], base: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH, HOME: folder, ...base, ...gitEnvironment(base, { repositories: allowed }) };
  const { stderr } = await execa('git', ['ls-remote', url], { env, extendEnv: false, reject: false });
  return { reached: connections > 0, stderr };
}

test('git fetches nothing without allowed repositories, neither over the network nor from disk', async () => {
  for (const url of [`https://${host}/team/x`, `http://${host}/x`, `git://${host}/x`, `ssh://${host}/x`]) {
    expect(await tryToFetch(url, [])).toMatchObject({
      reached: false,
      stderr: expect.stringContaining('not allowed'),
    });
  }
  expect((await tryToFetch(path.join(folder, 'local'), [])).stderr).toContain('not allowed');
});

test('git fetches only from allowed URL prefixes', async () => {
  const allowed = [`git+https://${host}/team/`];
  expect(await tryToFetch(`https://${host}/team/x`, allowed)).toMatchObject({ reached: true });
  connections = 0;
  for (const url of [`https://${host}/teams/x`, `https://${host}/x`, `http://${host}/team/x`, `git://${host}/team/x`]) {
    expect(await tryToFetch(url, allowed)).toMatchObject({
      reached: false,
      stderr: expect.stringContaining('not allowed'),
    });
  }
});

test('git fetches from an allowed folder by its file: URL', async () => {
  const local = path.join(folder, 'local');
  const fetchFrom = (allowed: string) => {
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      ...gitEnvironment({}, { repositories: [], folders: [allowed] }),
    };
    return execa('git', ['ls-remote', pathToFileURL(local).href], { env, extendEnv: false, reject: false });
  };
  expect((await fetchFrom(local)).stderr).not.toContain('not allowed');
  expect((await fetchFrom(path.join(folder, 'elsewhere'))).stderr).toContain('not allowed');
});

test('existing git configuration in the environment is kept', () => {
  const base = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: 'me' };
  const env = {
    PATH: process.env.PATH ?? '',
    ...base,
    ...gitEnvironment(base, { repositories: ['git+https://h/x/'] }),
  };
  const readKey = (key: string) => execFileSync('git', ['config', key], { env, cwd: folder }).toString().trim();
  expect(readKey('user.name')).toBe('me');
  expect(readKey('url.https://h/x/.insteadOf')).toBe('https://h/x/');
});

test('an existing checkout can be read, as builds do to find their version', () => {
  const env = { PATH: process.env.PATH ?? '', HOME: folder, ...gitEnvironment({}, { repositories: [] }) };
  expect(execFileSync('git', ['status', '--short'], { env, cwd: path.join(folder, 'local') }).toString()).toBe('');
});
