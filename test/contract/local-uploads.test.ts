import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DescribePackageVersionCommand, ListPackagesCommand } from '@aws-sdk/client-codeartifact';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repairStack } from '../../src/local/lifecycle/repair-stack.ts';
import type { Stack } from '../../src/local/types.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { installer } from '../helpers/installers.ts';
import { openOneDomain } from '../local/support/one-domain.ts';
import { wheel as fakeWheel } from '../local/support/public-index.ts';
import { clientsOf, closeSmallStack, type OpenedStack, openSmallStack, pypiUrl } from '../local/support/stack.ts';

let opened: OpenedStack;
let stack: Stack;
const isInternal = (name: string): boolean => /^acme(?:-|$)/.test(name);

beforeAll(async () => {
  opened = await openSmallStack({ isInternal });
  stack = opened.stack;
});
afterAll(() => closeSmallStack({ ...opened, stack }));

const hex = (algorithm: string, bytes: Buffer): string => createHash(algorithm).update(bytes).digest('hex');
const authorization = (): string => `Basic ${Buffer.from(`aws:${stack.secret.reveal()}`).toString('base64')}`;

type Upload = { readonly filename: string; readonly bytes: Buffer; readonly fields?: Record<string, string> };

/** Returns the form that twine sends for a wheel or an sdist. Fields with an empty value are left out. */
function formOf({ filename, bytes, fields = {} }: Upload, order: 'fields first' | 'file first' = 'fields first') {
  const [name = '', version = ''] = filename.replace(/\.tar\.gz$/, '').split('-');
  const all = {
    ...{ ':action': 'file_upload', protocol_version: '1', metadata_version: '2.1', name, version },
    ...{ filetype: filename.endsWith('.whl') ? 'bdist_wheel' : 'sdist', sha256_digest: hex('sha256', bytes) },
    ...fields,
  };
  const form = new FormData();
  const addFile = () => form.append('content', new Blob([new Uint8Array(bytes)]), filename);
  if (order === 'file first') addFile();
  for (const [key, value] of Object.entries(all)) if (value !== '') form.append(key, value);
  if (order === 'fields first') addFile();
  return form;
}

async function upload(
  what: Upload,
  { order, repository = 'secure-pypi' }: { order?: 'file first'; repository?: string } = {},
) {
  const body = formOf(what, order);
  const response = await fetch(pypiUrl(stack, `${repository}/`), {
    ...{ method: 'POST', body, headers: { authorization: authorization() } },
  });
  return { status: response.status, reason: response.statusText, text: await response.text() };
}

const get = (route: string) => fetch(pypiUrl(stack, route), { headers: { authorization: authorization() } });
const ownWheel = (version: string, files: Record<string, string> = {}) => wheel({ name: 'acme-app', version, files });
const drafts = () => readdir(path.join(opened.directory, 'files', 'drafts'));

describe('an upload', () => {
  test('is published in secure-pypi, with its origin, its Requires-Python and its bytes', async () => {
    const file = ownWheel('1.0');
    const answer = await upload({ ...file, fields: { requires_python: '>=3.8' } });
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('acme-app 1.0') });
    const page = await (await get('secure-pypi/simple/acme-app/')).text();
    expect(page).toContain(`#sha256=${file.sha256}`);
    expect(page).toContain('data-requires-python="&gt;=3.8"');
    const bytes = await (await get(`secure-pypi/simple/acme-app/1.0/${file.filename}`)).arrayBuffer();
    expect(hex('sha256', Buffer.from(bytes))).toBe(file.sha256);
    const { codeArtifact } = clientsOf(stack);
    const where = { domain: 'awspip', repository: 'secure-pypi', format: 'pypi' } as const;
    const { packageVersion } = await codeArtifact.send(
      new DescribePackageVersionCommand({ ...where, package: 'acme-app', packageVersion: '1.0' }),
    );
    expect(packageVersion).toMatchObject({ status: 'Published', origin: { originType: 'INTERNAL' } });
    const { packages = [] } = await codeArtifact.send(new ListPackagesCommand(where));
    expect(packages.map(({ originConfiguration }) => originConfiguration?.restrictions)).toEqual([
      { publish: 'ALLOW', upstream: 'BLOCK' },
    ]);
  });

  test('adds a file to its release, the file may come before the fields, and the same file again changes nothing', async () => {
    const source = await sdist({ name: 'acme-app', version: '1.0' });
    for (let round = 0; round < 2; round += 1) {
      expect(await upload(source, { order: 'file first' })).toMatchObject({ status: 200 });
    }
    const page = await (await get('secure-pypi/simple/acme-app/')).text();
    expect(page.match(/<a /g)).toHaveLength(2);
  });

  test('of another file under the same name is a conflict, and the first one stays', async () => {
    const answer = await upload(ownWheel('1.0', { 'acme_app/other.py': '' }));
    expect(answer).toMatchObject({ status: 409, reason: expect.stringContaining('exists with other bytes') });
    expect(await (await get('secure-pypi/simple/acme-app/')).text()).toContain(ownWheel('1.0').sha256);
  });

  test.each(['fields first', 'file first'] as const)(
    'of a name that the policy does not call internal is denied, with what to do: %s',
    async (order) => {
      const file = wheel({ name: 'requests', version: '9.0' });
      const answer = await upload(file, order === 'file first' ? { order } : {});
      expect(answer).toMatchObject({ status: 403, reason: expect.stringContaining('add it to `internal`') });
      expect((await get('secure-pypi/simple/requests/')).status).toBe(404);
      expect(await drafts()).toEqual([]);
    },
  );

  test('to another repository is denied, and to an unknown one not found', async () => {
    expect(await upload(ownWheel('1.1'), { repository: 'package-install' })).toMatchObject({ status: 403 });
    expect(await upload(ownWheel('1.1'), { repository: 'other' })).toMatchObject({ status: 404 });
  });

  test('without a valid token is 401', async () => {
    for (const headers of [{}, { authorization: `Basic ${Buffer.from('aws:wrong').toString('base64')}` }]) {
      const response = await fetch(pypiUrl(stack, 'secure-pypi/'), {
        method: 'POST',
        body: formOf(ownWheel('1.2')),
        headers,
      });
      expect(response.status).toBe(401);
    }
  });
});

describe('a malformed upload is 400 and stores nothing', () => {
  const file = ownWheel('2.0');
  const other = 'a'.repeat(64);
  test.each<[string, Partial<Upload>]>([
    ['is missing', { fields: { name: '' } }],
    ['is missing', { fields: { version: '' } }],
    ['is missing', { fields: { filetype: '' } }],
    ['is missing', { fields: { sha256_digest: '' } }],
    ['is not supported', { fields: { ':action': 'submit' } }],
    ['is not supported', { fields: { protocol_version: '2' } }],
    ['the form says', { fields: { sha256_digest: other } }],
    ['the form says', { fields: { md5_digest: 'b'.repeat(32) } }],
    ['is not a version', { fields: { version: 'latest' } }],
    ['has the version 2.0', { fields: { version: '3.0' } }],
    ['is not the name of a wheel of acme-tool', { fields: { name: 'acme-tool' } }],
    ['is not the name of a project', { fields: { name: '../acme' } }],
    ['is not the name of a sdist', { fields: { filetype: 'sdist' } }],
    ['is not `bdist_wheel` or `sdist`', { fields: { filetype: 'bdist_egg' } }],
    ['is not a version specifier', { fields: { requires_python: 'three' } }],
    ['is not the name of', { filename: '../../acme_app-2.0-py3-none-any.whl' }],
    ['is not the name of', { filename: '..\\acme_app-2.0-py3-none-any.whl' }],
    ['is not the name of', { filename: 'acme_app-2.0-py3-none-any.whl\u0000.txt' }],
    ['is not the name of', { filename: `acme_app-2.0-py3-none-any.whl\u001b[31m` }],
    ['is not the name of', { filename: `${'a'.repeat(300)}-2.0-py3-none-any.whl` }],
    ['is empty', { bytes: Buffer.alloc(0), fields: { sha256_digest: hex('sha256', Buffer.alloc(0)) } }],
  ])('%s: %j', async (message, change) => {
    const fields = {
      name: 'acme-app',
      version: '2.0',
      sha256_digest: hex('sha256', change.bytes ?? file.bytes),
      ...change.fields,
    };
    const answer = await upload({ ...file, ...change, fields });
    expect(answer).toMatchObject({ status: 400, reason: expect.stringContaining(message) });
    expect(answer.reason).toMatch(/^[ -~]+$/);
    expect((await get('secure-pypi/simple/acme-app/2.0/')).status).toBe(404);
    expect(await drafts()).toEqual([]);
  });

  test.each<[string, (form: string) => { type: string; body: string }]>([
    ['a body that is no form', () => ({ type: 'application/json', body: '{}' })],
    ['a form without a boundary', (body) => ({ type: 'multipart/form-data', body })],
    ['a form that ends early', (body) => ({ type: 'multipart/form-data; boundary=x', body: body.slice(0, -40) })],
    ['an empty form', () => ({ type: 'multipart/form-data; boundary=x', body: '--x--\r\n' })],
    [
      'two files',
      (body) => ({
        type: 'multipart/form-data; boundary=x',
        body: `${body.replace('--x--', part('content', 'more', 'b'))}--x--\r\n`,
      }),
    ],
    [
      'a field with two values',
      (body) => ({ type: 'multipart/form-data; boundary=x', body: part('name', 'acme-other') + body }),
    ],
    [
      'a field of a megabyte',
      (body) => ({ type: 'multipart/form-data; boundary=x', body: part('version', '1'.repeat(1_000_000)) + body }),
    ],
    [
      'endless parts',
      (body) => ({ type: 'multipart/form-data; boundary=x', body: part('classifiers', 'x').repeat(10_100) + body }),
    ],
  ])('%s', async (_, change) => {
    const { type, body } = change(
      `${part('name', 'acme-app')}${part('version', '2.0')}${part('content', 'bytes', 'acme_app-2.0-py3-none-any.whl')}--x--\r\n`,
    );
    const headers = { authorization: authorization(), 'content-type': type };
    const response = await fetch(pypiUrl(stack, 'secure-pypi/'), { method: 'POST', body, headers });
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(/\w/)]);
    expect(await drafts()).toEqual([]);
  });

  function part(name: string, value: string, filename?: string): string {
    const file = filename === undefined ? '' : `; filename="${filename}"`;
    return `--x\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`;
  }

  test('a connection that breaks off leaves no file, and the stack goes on', async () => {
    const { port, hostname, pathname } = new URL(pypiUrl(stack, 'secure-pypi/'));
    const head = `POST ${pathname} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization()}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n`;
    const socket = connect(Number(port), hostname);
    socket.write(
      `${head}${part('name', 'acme-app')}${part('content', 'half', 'acme_app-2.0-py3-none-any.whl').slice(0, -2)}`,
    );
    await expect.poll(drafts).toHaveLength(1);
    socket.destroy();
    await expect.poll(drafts).toEqual([]);
    expect((await get('secure-pypi/simple/acme-app/')).status).toBe(200);
  });

  test('a file that is larger than CodeArtifact takes is rejected before it is sent', async () => {
    const { port, hostname, pathname } = new URL(pypiUrl(stack, 'secure-pypi/'));
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST ${pathname} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization()}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 6000000000\r\n\r\n`,
    );
    const [first] = await Promise.all([new Promise((resolve) => socket.once('data', resolve))]);
    socket.destroy();
    expect(String(first)).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('a project with uploads', () => {
  test('gets nothing from the public index, also if the index has the name', async () => {
    opened.upstream.publish('acme-app', fakeWheel('acme_app', '99.0'));
    expect((await get('package-install/simple/acme-app/')).status).toBe(404);
    expect((await get('package-install/simple/acme-app/99.0/acme_app-99.0-py3-none-any.whl')).status).toBe(404);
    expect(await (await get('secure-pypi/simple/acme-app/')).text()).not.toContain('99.0');
  });

  test('keeps them when the stack starts again, and when a repair moved its damaged file aside', async () => {
    const listed = async () => (await (await get('secure-pypi/simple/acme-app/')).text()).match(/<a /g)?.length;
    const reopen = async (between: () => Promise<unknown>) => {
      await stack.close();
      await between();
      stack = await openOneDomain({ ...opened.options, isInternal });
    };
    const stored = path.join(opened.directory, 'domains', 'awspip', 'packages', 'secure-pypi', 'acme-app.json');
    await reopen(async () => {});
    expect(await listed()).toBe(2);
    await reopen(() => writeFile(stored, 'damaged'));
    expect((await get('secure-pypi/simple/acme-app/')).status).toBe(503);
    expect((await get('package-install/simple/acme-app/')).status).toBe(503);
    await reopen(() => repairStack({ stateDirectory: opened.directory, now: Date.now() }));
    expect(await listed()).toBe(2);
    expect((await get('package-install/simple/acme-app/')).status).toBe(404);
  });

  test('with damaged bytes says so, and the same upload repairs it', async () => {
    const { filename, sha256, bytes } = ownWheel('1.0');
    await writeFile(path.join(opened.directory, 'files', sha256.slice(0, 2), sha256), 'damaged');
    const route = `secure-pypi/simple/acme-app/1.0/${filename}`;
    const answer = await get(route);
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('upload the same file again')]);
    expect(await upload({ filename, bytes })).toMatchObject({ status: 200 });
    expect((await get(route)).status).toBe(200);
  });
});

describe('uploads of', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'awspip-uploads-'));
    await mkdir(path.join(folder, 'dist'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Writes a wheel and an sdist of a project to a folder, and returns their paths. */
  async function build(name: string): Promise<string[]> {
    const files = [wheel({ name, version: '1.0' }), await sdist({ name, version: '1.0' })];
    const paths = files.map(({ filename }) => path.join(folder, 'dist', filename));
    for (const [at, { bytes }] of files.entries()) await writeFile(paths[at] ?? '', bytes);
    return paths;
  }
  const environment = { HOME: '/nonexistent', TWINE_NON_INTERACTIVE: '1', NO_COLOR: '1', COLUMNS: '400' };

  test('twine are listed, and its errors show what to do', async ({ skip }) => {
    const programs = await installer('twine');
    if (programs === undefined) return skip('PyPI cannot be reached');
    const twine = (files: readonly string[], password = stack.secret.reveal()) =>
      execa(
        path.join(programs, 'twine'),
        [
          'upload',
          '--disable-progress-bar',
          '--repository-url',
          pypiUrl(stack, 'secure-pypi/'),
          '-u',
          'aws',
          '-p',
          password,
          ...files,
        ],
        { env: environment, reject: false },
      );
    const done = await twine(await build('acme-twine'));
    expect(done.exitCode, `${done.stdout}${done.stderr}`).toBe(0);
    expect((await (await get('secure-pypi/simple/acme-twine/')).text()).match(/<a /g)).toHaveLength(2);
    const denied = await twine(await build('requests'));
    expect([denied.exitCode, denied.stdout]).toEqual([
      1,
      expect.stringMatching(/403 Forbidden[\s\S]*add it to `internal`/),
    ]);
    const wrong = await twine(await build('acme-twine'), 'wrong');
    expect([wrong.exitCode, wrong.stdout]).toEqual([1, expect.stringContaining('401 Unauthorized')]);
  });

  test('uv are listed, and its errors show what to do', async ({ skip }) => {
    const programs = await installer('uv');
    if (programs === undefined) return skip('PyPI cannot be reached');
    const uv = (files: readonly string[]) =>
      execa(path.join(programs, 'uv'), ['publish', '--publish-url', pypiUrl(stack, 'secure-pypi/'), ...files], {
        env: { ...environment, UV_PUBLISH_USERNAME: 'aws', UV_PUBLISH_PASSWORD: stack.secret.reveal() },
        reject: false,
      });
    const done = await uv(await build('acme-uv'));
    expect(done.exitCode, done.stderr).toBe(0);
    expect((await (await get('secure-pypi/simple/acme-uv/')).text()).match(/<a /g)).toHaveLength(2);
    const denied = await uv(await build('requests'));
    expect([denied.exitCode === 0, denied.stderr]).toEqual([false, expect.stringContaining('add it to `internal`')]);
  });

  test('Poetry are listed', async ({ skip }) => {
    if (process.env.AWSPIP_TEST_INSTALLERS !== 'all') return skip('AWSPIP_TEST_INSTALLERS=all');
    const programs = await installer('poetry', 'poetry-plugin-pypi-mirror');
    if (programs === undefined) return skip('PyPI cannot be reached');
    await build('acme-poetry');
    await writeFile(path.join(folder, 'pyproject.toml'), '[project]\nname = "acme-poetry"\nversion = "1.0"\n');
    const done = await execa(
      path.join(programs, 'poetry'),
      ['publish', '-r', 'stack', '-u', 'aws', '-p', stack.secret.reveal()],
      {
        ...{ cwd: folder, reject: false },
        env: {
          ...environment,
          POETRY_REPOSITORIES_STACK_URL: pypiUrl(stack, 'secure-pypi/'),
          POETRY_CONFIG_DIR: folder,
        },
      },
    );
    expect(done.exitCode, `${done.stdout}${done.stderr}`).toBe(0);
    expect((await (await get('secure-pypi/simple/acme-poetry/')).text()).match(/<a /g)).toHaveLength(2);
  });
});
