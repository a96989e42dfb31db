import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { openUpstreamIndex } from '../../src/index/upstream-index.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let folder: string;
let servers: Server[];
beforeEach(async () => {
  servers = [];
  folder = await mkdtemp(path.join(tmpdir(), 'awspip-credentials-'));
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true });
});

/** Starts a server, and notes the credentials of each request as `user:password`, or `none`. */
async function serve(answer: Answer): Promise<{ port: number; seen: string[]; url: (host?: string) => string }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const [, encoded] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? [];
    seen.push(encoded === undefined ? 'none' : Buffer.from(encoded, 'base64').toString());
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, seen, url: (host = '127.0.0.1') => `http://${host}:${port}/simple/` };
}

const page: Answer = (request, response) => {
  if (request.url?.endsWith('.whl')) return void response.end('bytes');
  response.writeHead(200, { 'content-type': 'text/html' }).end('<a href="/files/demo-1.0-py3-none-any.whl">demo</a>');
};
const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;
/** Answers only requests with the credentials that `accepted` returns, and others with 401. */
const private_ =
  (accepted: () => string): Answer =>
  (request, response) => {
    if (request.headers.authorization === basic(accepted())) return page(request, response);
    response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
  };

async function netrc(text: string): Promise<string> {
  const file = path.join(folder, 'netrc');
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

/** Writes an executable keyring with these answers by `get` arguments, which notes its arguments. */
async function keyring(
  answers: Readonly<Record<string, string>>,
): Promise<{ command: string; asked: () => Promise<string[]> }> {
  const command = path.join(folder, 'keyring');
  const cases = Object.entries(answers).map(([argv, answer]) => `  '${argv}') printf '%s\\n' '${answer}';;`);
  const script = ['#!/bin/sh', `echo "$*" >> '${folder}/asked'`, 'case "$*" in', ...cases, '  *) exit 1;;', 'esac'];
  await writeFile(command, `${script.join('\n')}\n`);
  await chmod(command, 0o755);
  const asked = async () => (await readFile(`${folder}/asked`, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  return { command, asked };
}
const creds = (service: string) => `--mode=creds --output=json get ${service}`;

type Sources = { readonly netrcFiles?: readonly string[]; readonly keyring?: { command?: string; python?: string } };

const open = (indexUrl: string, sources: Sources = {}) =>
  openUpstreamIndex(
    { indexUrls: [indexUrl], findLinks: [], trustedHosts: [], timeoutSeconds: 20, ...sources },
    { cacheSeconds: 0 },
  );
const demo = normaliseName('demo');

async function kindOf(indexUrl: string, sources: Sources = {}): Promise<string> {
  const index = open(indexUrl, sources);
  try {
    return (await index.page(demo)).kind;
  } finally {
    await index.close();
  }
}

describe('netrc', () => {
  test('has the credentials for the pages and files of an index', async () => {
    const { url, seen } = await serve(private_(() => 'user:secret'));
    const index = open(url(), { netrcFiles: [await netrc('machine 127.0.0.1 login user password secret')] });
    const found = await index.page(demo);
    const file = found.kind === 'found' ? found.page.files[0] : undefined;
    expect(file?.filename).toBe('demo-1.0-py3-none-any.whl');
    if (file !== undefined) for await (const _ of (await index.open(file)).stream);
    await index.close();
    expect(seen).toEqual(['user:secret', 'user:secret']);
  });

  test('is read again for each request, and only the first file that exists counts', async () => {
    const { url, seen } = await serve(private_(() => 'user:new'));
    const file = await netrc('machine 127.0.0.1 login user password old');
    const index = open(url(), { netrcFiles: [`${folder}/absent`, file, `${folder}/later`] });
    expect((await index.page(demo)).kind).toBe('unreachable');
    await netrc('machine 127.0.0.1 login user password new');
    expect((await index.page(demo)).kind).toBe('found');
    await index.close();
    expect(seen).toEqual(['user:old', 'user:new']);
  });

  test('counts less than user and password in the URL, and more than a user alone', async () => {
    const { url, port, seen } = await serve(page);
    const netrcFiles = [await netrc('machine 127.0.0.1 login other password secret')];
    await kindOf(url().replace('127.0.0.1', 'user:p%40ss@127.0.0.1'), { netrcFiles });
    await kindOf(`http://user@127.0.0.1:${port}/simple/`, { netrcFiles });
    expect(seen).toEqual(['user:p@ss', 'other:secret']);
  });

  test('gives a host only its own credentials, also after a redirect', async () => {
    const other = await serve(page);
    const { url, seen } = await serve((_, response) => {
      response.writeHead(302, { location: `${other.url('localhost')}demo/` }).end();
    });
    const netrcFiles = [await netrc('machine 127.0.0.1 login user password secret')];
    expect(await kindOf(url(), { netrcFiles })).toBe('found');
    expect([seen, other.seen]).toEqual([['user:secret'], ['none']]);
  });
});

describe('a keyring', () => {
  test('is not asked by an index that needs no credentials', async () => {
    const { url } = await serve(page);
    const { command, asked } = await keyring({});
    expect(await kindOf(url(), { keyring: { command } })).toBe('found');
    expect(await asked()).toEqual([]);
  });

  test('is asked after a 401 for the password of the user in the URL, once for many requests', async () => {
    const { port, url, seen } = await serve(private_(() => 'user:secret'));
    const { command, asked } = await keyring({ [`get ${url()} user`]: 'secret' });
    const index = open(`http://user@127.0.0.1:${port}/simple/`, { keyring: { command } });
    const names = ['a', 'b', 'c'].map((name) => normaliseName(name));
    const first = await Promise.all(names.map((name) => index.page(name)));
    const later = await index.page(demo);
    await index.close();
    expect([...first, later].map(({ kind }) => kind)).toEqual(Array(4).fill('found'));
    expect(await asked()).toEqual([`get ${url()} user`]);
    expect(seen.at(-1)).toBe('user:secret');
    expect(seen).toHaveLength(7);
  });

  test('is asked for user and password if the URL has no user, first by URL and then by host', async () => {
    const { port, url } = await serve(private_(() => 'me:secret'));
    const host = `127.0.0.1:${port}`;
    const { command, asked } = await keyring({ [creds(host)]: '{"username":"me","password":"secret"}' });
    expect(await kindOf(url(), { keyring: { command } })).toBe('found');
    expect(await asked()).toEqual([creds(url()), creds(host)]);
  });

  test('is asked after netrc was refused, and again when its password is refused later', async () => {
    let accepted = 'me:one';
    const { url, seen } = await serve(private_(() => accepted));
    const answer = (password: string) => ({ [creds(url())]: JSON.stringify({ username: 'me', password }) });
    const { command } = await keyring(answer('one'));
    const netrcFiles = [await netrc('machine 127.0.0.1 login me password zero')];
    const index = open(url(), { netrcFiles, keyring: { command } });
    expect((await index.page(demo)).kind).toBe('found');
    accepted = 'me:two';
    await keyring(answer('two'));
    expect((await index.page(demo)).kind).toBe('found');
    await index.close();
    expect(seen).toEqual(['me:zero', 'me:one', 'me:one', 'me:two']);
  });

  test.each([
    ['knows nothing', {}],
    ['answers something else', { 'get http user': 'x' }],
  ])('that %s leaves the status of the index', async (_, answers) => {
    const { url } = await serve(private_(() => 'me:secret'));
    const { command } = await keyring(answers);
    const index = open(url(), { keyring: { command } });
    expect(await index.page(demo)).toMatchObject({ kind: 'unreachable', cause: expect.stringContaining('status 401') });
    await index.close();
  });

  test('that is a module of the interpreter is asked, and the program only without it', async () => {
    const { url } = await serve(private_(() => 'me:secret'));
    const { command, asked } = await keyring({ [creds(url())]: '{"username":"me","password":"secret"}' });
    const python = path.join(folder, 'python');
    const interpreter = async (line: string) => {
      await writeFile(python, `#!/bin/sh\n${line}\n`);
      await chmod(python, 0o755);
    };
    await interpreter('exit 71');
    expect(await kindOf(url(), { keyring: { command, python } })).toBe('found');
    await interpreter(`test -z "$5" && test "$4" = '${url()}' && echo '["me", "secret"]'`);
    expect(await kindOf(url(), { keyring: { command, python } })).toBe('found');
    expect(await asked()).toHaveLength(1);
  });

  test('gives its password to the host of the index only', async () => {
    const other = await serve(page);
    const { url, seen } = await serve((request, response) => {
      if (request.headers.authorization === undefined) return void response.writeHead(401).end();
      response.writeHead(302, { location: `${other.url('localhost')}demo/` }).end();
    });
    const { command } = await keyring({ [creds(url())]: '{"username":"me","password":"secret"}' });
    expect(await kindOf(url(), { keyring: { command } })).toBe('found');
    expect([seen, other.seen]).toEqual([['none', 'me:secret'], ['none']]);
  });
});
