import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { longTest, representatives } from '../helpers/long-form.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

type Fault = (request: IncomingMessage, response: ServerResponse, forward: () => void) => void;

let packageIndex: PackageIndex;
let user: Sandbox;
let origin: string;
/** Faults by a part of the URL. Other requests are forwarded to the package index. */
let faults: Readonly<Record<string, Fault>> = {};

const frontend = createServer((incoming, response) => {
  const forward = (): void => {
    const { 'accept-encoding': _, ...headers } = incoming.headers;
    const outgoing = request(
      `${packageIndex.origin}${incoming.url}`,
      { method: incoming.method, headers },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks);
        const isPage = incoming.url?.startsWith('/simple/') === true;
        const sent = isPage ? Buffer.from(body.toString().replaceAll(packageIndex.origin, origin)) : body;
        const { 'transfer-encoding': __, ...answered } = answer.headers;
        response.writeHead(answer.statusCode ?? 500, { ...answered, 'content-length': sent.length }).end(sent);
      },
    );
    outgoing.end();
  };
  const fault = Object.entries(faults).find(([part]) => incoming.url?.includes(part))?.[1];
  if (fault === undefined) forward();
  else fault(incoming, response, forward);
});

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  await new Promise<void>((resolve) => frontend.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(frontend.address() as AddressInfo).port}`;
  user = await sandbox({ ...packageIndex.environment, PIP_INDEX_URL: `${origin}/simple/`, PIP_RETRIES: '1' });
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
  frontend.closeAllConnections();
  frontend.close();
});
beforeEach(() => {
  faults = {};
});

function publish(name: string): ReturnType<typeof wheel> {
  const distribution = wheel({ name, version: '1.0' });
  packageIndex.publish(name, '1.0', distribution);
  return distribution;
}

const install = (name: string) => user.run(['install', '--target', name, name]);
/** stdout and stderr, because pip prints to both. */
const output = ({ stdout, stderr }: Awaited<ReturnType<typeof install>>): string => `${stdout}${stderr}`;

test('a download that breaks off is resumed, and the install succeeds', async () => {
  const { bytes, filename } = publish('broken-off');
  let attempts = 0;
  faults = {
    [filename]: ({ headers, socket }, response) => {
      const [, start = '0'] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
      attempts += 1;
      const rest = bytes.subarray(Number(start));
      const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(start === '0' ? 200 : 206, { 'content-length': rest.length, 'content-range': range });
      if (start !== '0') return void response.end(rest);
      response.write(rest.subarray(0, 100), () => setTimeout(() => socket.resetAndDestroy(), 20));
    },
  };
  const ended = await install('broken-off');
  expect([output(ended), ended.exitCode]).toEqual([expect.any(String), 0]);
  expect(attempts).toBeGreaterThan(1);
});

// `contract/upstream.test.ts` has every answer of an index.
longTest('an index that asks for a pause gets it, and the install succeeds', async () => {
  publish('paused');
  let attempts = 0;
  faults = {
    '/simple/paused/': (_request, response, forward) => {
      attempts += 1;
      if (attempts > 1) return forward();
      response.writeHead(429, { 'retry-after': '1' }).end('slow down');
    },
  };
  expect((await install('paused')).exitCode).toBe(0);
  expect(attempts).toBeGreaterThan(1);
});

test('wrong bytes are reported with file, host and digests, each time, and nothing is vetted', async () => {
  const { filename, sha256 } = publish('wrong-bytes');
  const other = wheel({ name: 'wrong-bytes', version: '1.0', files: { 'added.py': '' } });
  faults = { [filename]: (_request, response) => void response.end(other.bytes) };
  for (const attempt of [1, 2]) {
    const ended = await install('wrong-bytes');
    expect([attempt, ended.exitCode, output(ended)]).toEqual([attempt, 69, expect.stringContaining(filename)]);
    expect(output(ended)).toContain(`but the index lists ${sha256}`);
    expect(output(ended)).toContain(new URL(origin).host);
  }
  faults = {};
});

test('a login page is not a missing project', async () => {
  publish('behind-login');
  faults = {
    '/simple/behind-login/': (_request, response) =>
      void response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<title>Company login</title><form action="/login"><input type="password"></form>'),
  };
  const ended = await install('behind-login');
  expect([ended.exitCode, output(ended)]).toEqual([69, expect.stringContaining('is not a simple-index page')]);
  expect(output(ended)).toContain(`${origin}/simple/behind-login/`);
});

longTest('an index that asks for credentials is named, with the way to add them', async () => {
  publish('private');
  faults = { '/simple/private/': (_request, response) => void response.writeHead(401).end('who are you?') };
  const ended = await install('private');
  expect([ended.exitCode, output(ended)]).toEqual([69, expect.stringMatching(/status 401/)]);
  expect(output(ended)).toMatch(/hint: check the credentials for the index: in its URL .*netrc.*keyring/s);
});

const credentialSources: readonly (readonly [string, string, () => Promise<void>])[] = [
  [
    'netrc file',
    'netrc-user',
    async () => writeFile(user.path('.netrc'), 'machine 127.0.0.1 login netrc-user password s3cret', { mode: 0o600 }),
  ],
  [
    'keyring',
    'keyring-user',
    async () => {
      await mkdir(user.path('bin'));
      const script = `#!/bin/sh\necho '{"username": "keyring-user", "password": "s3cret"}'\n`;
      await writeFile(user.path('bin', 'keyring'), script, { mode: 0o755 });
    },
  ],
];

test.each(representatives(credentialSources, () => 'a file or a program'))(
  'the credentials in the %s of the user are used, and stay out of every file and message',
  async (_, name, prepare) => {
    await prepare();
    const { filename } = publish(name);
    const accepted = `Basic ${Buffer.from(`${name}:s3cret`).toString('base64')}`;
    const answer: Fault = ({ headers }, response, forward) => {
      if (headers.authorization === accepted) return forward();
      response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
    };
    faults = { [`/simple/${name}/`]: answer, [filename]: answer };
    const path = { PATH: `${user.path('bin')}:${user.environment.PATH}` };
    const ended = await user.run(['install', '--target', name, name], path);
    expect([output(ended), ended.exitCode]).toEqual([expect.not.stringContaining('s3cret'), 0]);
    for (const file of await readdir(user.path('state'), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      expect([file.name, await readFile(join(file.parentPath, file.name), 'latin1')]).toEqual([
        file.name,
        expect.not.stringContaining('s3cret'),
      ]);
    }
    await rm(user.path('.netrc'), { force: true });
  },
);

longTest('a listed file that the index denies is named, with its host', async () => {
  const { filename } = publish('denied-file');
  faults = { [filename]: (_request, response) => void response.writeHead(403).end('no') };
  const ended = await install('denied-file');
  expect([ended.exitCode, output(ended)]).toEqual([69, expect.stringContaining(filename)]);
  expect(output(ended)).toContain('status 403');
});
