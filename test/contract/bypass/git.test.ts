import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { gitEnvironment } from '../../../src/pip/git-environment.ts';

/** Counts who comes; says nothing that git could use. */
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

/** Checks whether git came as far as the server. */
async function reaches(address: string, opened: readonly string[], base: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH, HOME: folder, ...base, ...gitEnvironment(base, { repositories: opened }) };
  const { stderr } = await execa('git', ['ls-remote', address], { env, extendEnv: false, reject: false });
  return { reached: connections > 0, stderr };
}

test('git reaches nothing when nothing is opened, neither over the network nor on disk', async () => {
  for (const address of [`https://${host}/team/x`, `http://${host}/x`, `git://${host}/x`, `ssh://${host}/x`]) {
    expect(await reaches(address, [])).toMatchObject({
      reached: false,
      stderr: expect.stringContaining('not allowed'),
    });
  }
  expect((await reaches(path.join(folder, 'local'), [])).stderr).toContain('not allowed');
});

test('of what is opened it reaches what begins so, and nothing else on that host', async () => {
  const opened = [`git+https://${host}/team/`];
  expect(await reaches(`https://${host}/team/x`, opened)).toMatchObject({ reached: true });
  connections = 0;
  for (const address of [
    `https://${host}/teams/x`,
    `https://${host}/x`,
    `http://${host}/team/x`,
    `git://${host}/team/x`,
  ]) {
    expect(await reaches(address, opened)).toMatchObject({
      reached: false,
      stderr: expect.stringContaining('not allowed'),
    });
  }
});

test('configuration that the environment holds already stays', () => {
  const base = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: 'me' };
  const env = {
    PATH: process.env.PATH ?? '',
    ...base,
    ...gitEnvironment(base, { repositories: ['git+https://h/x/'] }),
  };
  const read = (key: string) => execFileSync('git', ['config', key], { env, cwd: folder }).toString().trim();
  expect(read('user.name')).toBe('me');
  expect(read('url.https://h/x/.insteadOf')).toBe('https://h/x/');
});

test('a checkout that lies there already can be read, as builds do for their version', () => {
  const env = { PATH: process.env.PATH ?? '', HOME: folder, ...gitEnvironment({}, { repositories: [] }) };
  expect(execFileSync('git', ['status', '--short'], { env, cwd: path.join(folder, 'local') }).toString()).toBe('');
});
