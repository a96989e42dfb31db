import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import {
  CopyPackageVersionsCommand,
  DescribePackageVersionCommand,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sdist, sha256, wheel } from '../local/support/public-index.ts';
import { clientsOf, closeSmallStack, type OpenedStack, openSmallStack, pypiUrl } from '../local/support/stack.ts';

const domain = 'awspip';
const json = 'application/vnd.pypi.simple.v1+json';

let opened: OpenedStack;
let token = '';

beforeAll(async () => {
  opened = await openSmallStack();
  const { codeArtifact } = clientsOf(opened.stack);
  token = (await codeArtifact.send(new GetAuthorizationTokenCommand({ domain }))).authorizationToken ?? '';
});
afterAll(() => closeSmallStack(opened));

const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(pypiUrl(opened.stack, path), {
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${token}`, accept: json, ...headers },
  });

async function copyToSecure(name: string, version: string): Promise<void> {
  const { codeArtifact } = clientsOf(opened.stack);
  const { failedVersions } = await codeArtifact.send(
    new CopyPackageVersionsCommand({
      domain,
      format: 'pypi',
      sourceRepository: 'package-install',
      destinationRepository: 'secure-pypi',
      package: name,
      versions: [version],
    }),
  );
  expect(failedVersions).toEqual({});
}

describe('the PyPI endpoint of the local stack', () => {
  it('answers 401 with a Bearer challenge when the token is missing, forged or expired', async () => {
    const expired = token.replace(/\.\d+\./, '.1000.');
    for (const authorization of ['', 'Bearer nonsense', `Bearer ${expired}`, 'Basic !!', `Bearer ${token}0`]) {
      const response = await get('secure-pypi/simple/any/', { authorization });
      expect([authorization, response.status]).toEqual([authorization, 401]);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('accepts a token as Bearer, or as the password of any user', async () => {
    opened.upstream.publish('basic', wheel('basic', '1.0'));
    const basic = `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`;
    expect((await get('package-install/simple/basic/', { authorization: basic })).status).toBe(200);
    expect((await get('package-install/simple/basic/')).status).toBe(200);
  });

  it('lists relative URLs with digests, sizes, times and yanked marks as JSON of API 1.1', async () => {
    opened.upstream.publish(
      'listed',
      { ...wheel('listed', '1.0'), requiresPython: '>=3.8' },
      { ...sdist('listed', '0.9'), yanked: 'broken' },
    );
    const response = await get('package-install/simple/listed/');
    expect(response.headers.get('content-type')).toContain(json);
    const page = (await response.json()) as { meta: unknown; versions: unknown; files: Record<string, unknown>[] };
    expect(page.meta).toEqual({ 'api-version': '1.1' });
    expect(page.files).toEqual([
      {
        filename: 'listed-1.0-py3-none-any.whl',
        url: '1.0/listed-1.0-py3-none-any.whl',
        hashes: { sha256: sha256('listed 1.0') },
        'requires-python': '>=3.8',
        size: 10,
        'upload-time': '2024-05-29T15:37:49.000000Z',
        yanked: false,
      },
      expect.objectContaining({ url: '0.9/listed-0.9.tar.gz', yanked: 'broken' }),
    ]);
  });

  it('returns HTML when `Accept` names it or anything, and 406 when it names no supported format', async () => {
    opened.upstream.publish('formats', wheel('formats', '1.0'));
    for (const accept of ['text/html', '*/*', 'application/vnd.pypi.simple.v1+html']) {
      const response = await get('package-install/simple/formats/', { accept });
      expect(response.headers.get('content-type')).toContain('html');
      expect(await response.text()).toContain(`1.0/formats-1.0-py3-none-any.whl#sha256=${sha256('formats 1.0')}`);
    }
    expect((await get('package-install/simple/formats/', { accept: 'image/png' })).status).toBe(406);
  });

  it('answers 404 for a missing project or repository, and for the list of all projects', async () => {
    for (const path of [
      'secure-pypi/simple/none/',
      'package-install/simple/none/',
      'other/simple/none/',
      'secure-pypi/simple/',
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
    expect((await get('secure-pypi/simple/..%2f..%2fsecret/')).status).toBe(404);
    expect((await get('secure-pypi/simple/%00/')).status).toBe(404);
  });

  it('serves from secure-pypi only what was copied there', async () => {
    opened.upstream.publish('vetted', wheel('vetted', '1.0'), wheel('vetted', '2.0'));
    await (await get('package-install/simple/vetted/1.0/vetted-1.0-py3-none-any.whl')).arrayBuffer();
    expect((await get('secure-pypi/simple/vetted/')).status).toBe(404);
    await copyToSecure('vetted', '1.0');
    const page = (await (await get('secure-pypi/simple/Vetted/')).json()) as { files: { filename: string }[] };
    expect(page.files.map(({ filename }) => filename)).toEqual(['vetted-1.0-py3-none-any.whl']);
    expect((await get('secure-pypi/simple/vetted/2.0/vetted-2.0-py3-none-any.whl')).status).toBe(404);
  });

  it('serves complete files and HEAD requests, without ranges and METADATA, as CodeArtifact does', async () => {
    opened.upstream.publish('whole', wheel('whole', '1.0', '0123456789'));
    const path = 'package-install/simple/whole/1.0/whole-1.0-py3-none-any.whl';
    for (const range of ['bytes=2-4', 'bytes=-3', 'bytes=50-']) {
      const answer = await get(path, { range });
      expect([answer.status, answer.headers.get('accept-ranges'), await answer.text()]).toEqual([
        200,
        null,
        '0123456789',
      ]);
    }
    expect((await get(`${path}.metadata`)).status).toBe(404);
    const head = await get(path, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
    expect(await (await get(path)).text()).toBe('0123456789');
  });

  it('downloads a file once for concurrent requests', async () => {
    opened.upstream.publish('once', wheel('once', '1.0'));
    const path = 'package-install/simple/once/1.0/once-1.0-py3-none-any.whl';
    const bodies = await Promise.all(Array.from({ length: 20 }, async () => (await get(path)).text()));
    expect(new Set(bodies)).toEqual(new Set(['once 1.0']));
    expect(opened.upstream.requests.files.get('once-1.0-py3-none-any.whl')).toBe(1);
  });

  it('breaks the connection before the end of a file with a wrong digest', async () => {
    opened.upstream.publish('forged', { ...wheel('forged', '1.0', 'x'.repeat(100)), hashes: { sha256: sha256('y') } });
    const path = 'package-install/simple/forged/1.0/forged-1.0-py3-none-any.whl';
    const received = await new Promise<Buffer | Error>((resolve) => {
      const call = request(pypiUrl(opened.stack, path), { headers: { authorization: `Bearer ${token}` } }, (response) =>
        buffer(response).then(resolve, resolve),
      );
      call.on('error', resolve).end();
    });
    expect(received).toBeInstanceOf(Error);
  });

  it('computes the SHA-256 of a file whose index lists none, and checks the digest that it lists', async () => {
    opened.upstream.publish('plain', { ...wheel('plain', '1.0'), hashes: {} });
    await (await get('package-install/simple/plain/1.0/plain-1.0-py3-none-any.whl')).arrayBuffer();
    const page = (await (await get('package-install/simple/plain/')).json()) as { files: { hashes: unknown }[] };
    expect(page.files[0]?.hashes).toEqual({ sha256: sha256('plain 1.0') });
    opened.upstream.publish('md5', { ...wheel('md5', '1.0'), hashes: { md5: '0'.repeat(32) } });
    expect((await get('package-install/simple/md5/1.0/md5-1.0-py3-none-any.whl')).status).toBe(502);
  });

  it('stores nothing of a release whose requested file has wrong bytes, and then says so', async () => {
    const listed = sha256('other');
    opened.upstream.publish('wrong', { ...wheel('wrong', '1.0'), hashes: { sha256: listed } });
    const path = 'package-install/simple/wrong/1.0/wrong-1.0-py3-none-any.whl';
    await expect((async () => (await get(path)).arrayBuffer())()).rejects.toThrow();
    const second = await get(path);
    expect([second.status, second.headers.get('x-amzn-errortype')]).toEqual([502, 'DigestMismatch']);
    const message = await second.text();
    for (const fact of ['wrong-1.0-py3-none-any.whl', 'files.example', sha256('wrong 1.0'), listed])
      expect(message).toContain(fact);
    expect(opened.upstream.requests.files.get('wrong-1.0-py3-none-any.whl')).toBe(1);
    const { codeArtifact } = clientsOf(opened.stack);
    const described = codeArtifact.send(
      new DescribePackageVersionCommand({
        domain,
        repository: 'package-install',
        format: 'pypi',
        package: 'wrong',
        packageVersion: '1.0',
      }),
    );
    await expect(described).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('names the file and the cause when the index does not send it', async () => {
    opened.upstream.publish('absent', wheel('absent', '1.0'));
    opened.upstream.faults.unreachableFiles = true;
    try {
      const response = await get('package-install/simple/absent/1.0/absent-1.0-py3-none-any.whl');
      expect(response.status).toBe(503);
      expect(await response.text()).toContain('absent-1.0-py3-none-any.whl cannot be fetched: connect ECONNREFUSED');
    } finally {
      opened.upstream.faults.unreachableFiles = false;
    }
  });

  it('serves stored files when the public index is unreachable, and answers 503 for the rest', async () => {
    opened.upstream.publish('stored', wheel('stored', '1.0'));
    const path = 'package-install/simple/stored/1.0/stored-1.0-py3-none-any.whl';
    await (await get(path)).arrayBuffer();
    opened.upstream.faults.unreachable = true;
    try {
      expect((await get('package-install/simple/stored/')).status).toBe(200);
      expect(await (await get(path)).text()).toBe('stored 1.0');
      expect((await get('package-install/simple/unheard-of/')).status).toBe(503);
    } finally {
      opened.upstream.faults.unreachable = false;
    }
  });

  it('does not change a stored file when the index later lists other contents', async () => {
    opened.upstream.publish('fixed', wheel('fixed', '1.0'));
    const path = 'package-install/simple/fixed/1.0/fixed-1.0-py3-none-any.whl';
    await (await get(path)).arrayBuffer();
    opened.upstream.replace('fixed', wheel('fixed', '1.0', 'something else'));
    expect(await (await get(path)).text()).toBe('fixed 1.0');
  });
});
