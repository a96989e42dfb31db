import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PipProgram } from '../../../src/pip/find-pip.ts';
import { pipCommand } from '../../../src/pip/pip-command.ts';
import { wheel } from '../../helpers/distributions.ts';

const host = '0123abcd.secure-pypi.invalid';
const demo = wheel({ name: 'demo', version: '1.0' });
const file = `http://${host}/files/${demo.sha256.slice(0, 16)}/${demo.filename}`;

/** A proxy that serves one project as the relay does. */
let proxy: Server;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-console-'));
  proxy = createServer(({ url = '' }, response) => {
    if (url === file) return response.end(demo.bytes);
    if (url !== `http://${host}/simple/demo/`) return response.writeHead(404).end();
    response.setHeader('content-type', 'text/html');
    return response.end(`<a href="${file}#sha256=${demo.sha256}">${demo.filename}</a>`);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await rm(folder, { recursive: true, force: true });
});

async function download(indexLine: string | undefined, ...more: string[]): Promise<string> {
  const { stdout } = await runDownload(indexLine, [...more, 'demo']);
  return stdout;
}

async function runDownload(indexLine: string | undefined, more: readonly string[], reject = true) {
  const program: PipProgram = { command: ['python3', '-m', 'pip'], python: 'python3', from: 'path' };
  const environment = {
    PIP_INDEX_URL: `http://${host}/simple/`,
    PIP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    PIP_TRUSTED_HOST: host,
    PIP_NO_CACHE_DIR: '1',
    PIP_CONFIG_FILE: '/dev/null',
    PIP_FIND_LINKS: ' ',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
  const argv = ['download', '--no-deps', '-d', folder, ...more];
  const { command, environment: env } = pipCommand(program, argv, { environment, indexLine });
  const [file, ...processArguments] = command;
  const ran = await execa(file, processArguments, { env, cwd: folder, reject });
  await rm(path.join(folder, demo.filename), { force: true });
  return ran;
}

test('the console names the vetted repository once, and files without the address of the relay', async () => {
  const stdout = await download('Using vetted repository "secure-pypi"');
  expect(stdout.split('\n')[0]).toBe('Using vetted repository "secure-pypi"');
  expect(stdout.match(/Using vetted repository/g)).toHaveLength(1);
  expect(stdout).toContain(`Downloading ${demo.filename}`);
  expect(stdout).not.toContain('.invalid');
});

test('later runs of a command say nothing about the repository', async () => {
  const stdout = await download('');
  expect(stdout).not.toMatch(/Looking in indexes|Using vetted/);
  expect(stdout.split('\n')[0]).toMatch(/^Collecting demo/);
});

test('the file of --log keeps the lines of pip', async () => {
  const log = path.join(folder, 'pip.log');
  await download('Using vetted repository secure-pypi', '--log', log);
  const text = await readFile(log, 'utf8');
  expect(text).toContain(`Looking in indexes: http://${host}/simple/`);
  expect(text).not.toContain('Using vetted repository');
});

test('pip that nothing is said to prints its own lines', async () => {
  expect(await download(undefined)).toContain(`Looking in indexes: http://${host}/simple/`);
});

test('the error about a wrong digest names the file without the address of the relay', async () => {
  await writeFile(path.join(folder, 'pins.txt'), `demo==1.0 --hash=sha256:${'0'.repeat(64)}\n`);
  const { exitCode, stderr } = await runDownload('', ['-r', 'pins.txt'], false);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^ERROR: THESE PACKAGES DO NOT MATCH THE HASHES/m);
  expect(stderr).toContain(`demo==1.0 from ${demo.filename}`);
  expect(stderr).not.toContain('.invalid');
});
