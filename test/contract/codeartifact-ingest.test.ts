import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ImportOptions, importedRelease, requestImport } from '../../src/codeartifact/request-import.ts';
import { openHttp } from '../../src/index/http.ts';
import type { Http } from '../../src/index/http-types.ts';
import type { IndexFile, ProjectName } from '../../src/index/types.ts';
import { Secret } from '../../src/secret.ts';
import { assetsReply, describeReply, notFound, type Reply, routes, startApi } from '../codeartifact/api-double.ts';
import { sdist, wheel } from '../relay/distributions.ts';
import { type ListedFile, type RepositoryDouble, sha256, startRepository } from '../relay/repository-double.ts';

const small = wheel('alpha', '1.0');
const large = { ...(await sdist('alpha', '1.0')), bytes: Buffer.alloc(5_000, 'x') };
const other = wheel('alpha', '1.1');
const digests = { [small.filename]: sha256(small.bytes), [large.filename]: sha256(large.bytes) };

let repository: RepositoryDouble;
let api: Awaited<ReturnType<typeof startApi>>;
let http: Http;
let clock: number;
/** Replies of DescribePackageVersion after the first download; the last one repeats. */
let states: Reply[];

beforeEach(async () => {
  clock = 0;
  repository = await startRepository();
  repository.projects.set('alpha', [large, small, other]);
  states = [notFound, describeReply('Unfinished', 'r0'), describeReply('Published', 'r1')];
  http = openHttp({ trustedHosts: [], timeoutSeconds: 5 });
  api = await startApi({
    [routes.describe]: () => {
      if (repository.storeRequests.length === 0) return notFound;
      return (states.length > 1 ? states.shift() : states[0]) ?? notFound;
    },
    [routes.assets]: () => assetsReply('r1', digests),
  });
});
afterEach(async () => {
  await Promise.all([api.close(), http.close(), repository.close()]);
});

async function ingest(options: Partial<ImportOptions> = {}) {
  await requestImport({
    client: api.client,
    domain: 'acme',
    repository: 'package-install',
    http,
    endpoint: repository.endpoint,
    token: async () => new Secret('token-1'),
    renewToken: async () => new Secret('token-1'),
    userAgentVersion: '1.2.3',
    release: { name: 'alpha' as ProjectName, version: '1.0' },
    sha256: digests,
    now: () => clock,
    sleep: async (milliseconds) => {
      clock += milliseconds;
    },
    ...options,
  });
}

const imported = () =>
  importedRelease(
    { client: api.client, domain: 'acme', repository: 'package-install' },
    { name: 'alpha' as ProjectName, version: '1.0' },
  );

const list = (...files: ListedFile[]) => repository.projects.set('alpha', files);

test('only the smallest file is downloaded, and the import is not awaited', async () => {
  await ingest();
  expect(repository.storeRequests.map(({ path }) => path.split('?')[0])).toEqual([`/${small.filename}`]);
  expect(repository.endpointRequests.every(({ headers }) => headers['user-agent']?.startsWith('awspip/1.2.3'))).toBe(
    true,
  );
  expect(Object.fromEntries(api.callsOf(routes.describe)[0]!.query)).toMatchObject({
    repository: 'package-install',
    package: 'alpha',
    version: '1.0',
  });
});

test('an import has finished when its revision is published', async () => {
  await ingest();
  expect(await imported()).toBeUndefined();
  expect(await imported()).toBeUndefined();
  expect(await imported()).toEqual({ revision: 'r1', sha256: digests });
});

test('with `fetch`, the file is downloaded elsewhere and the checks stay the same', async () => {
  const downloaded: string[] = [];
  api.answers[routes.describe] = () => (downloaded.length === 0 ? notFound : describeReply('Published', 'r1'));
  const fetch = async ({ filename, url, hashes }: IndexFile) => {
    downloaded.push(filename);
    expect(new URL(url).pathname.startsWith('/')).toBe(true);
    expect(hashes.sha256).toBe(digests[filename]);
  };
  await ingest({ fetch });
  expect([downloaded, repository.storeRequests]).toEqual([[small.filename], []]);
  const failing = async () => Promise.reject(new Error('the instance has stopped'));
  api.answers[routes.describe] = () => notFound;
  await expect(ingest({ fetch: failing })).rejects.toThrow('the instance has stopped');
});

test('a complete release is not downloaded again', async () => {
  api.answers[routes.describe] = () => describeReply('Published', 'r1');
  await ingest();
  expect(repository.storeRequests).toEqual([]);
});

test('a file added after the first import is downloaded, even if it is not the smallest', async () => {
  const { [small.filename]: smallDigest } = digests;
  api.answers[routes.describe] = () => describeReply('Published', 'r1');
  api.answers[routes.assets] = () => assetsReply('r1', { [small.filename]: smallDigest! });
  await ingest();
  expect(repository.storeRequests.map(({ path }) => path.split('?')[0])).toEqual([`/${large.filename}`]);
});

test('a file that was not judged fails the ingest before any download', async () => {
  await expect(ingest({ sha256: { [small.filename]: digests[small.filename]! } })).rejects.toMatchObject({
    code: 'changed-since-judged',
    message: expect.stringContaining(large.filename),
  });
  expect(repository.storeRequests).toEqual([]);
});

test('a digest that differs from the judged one fails the ingest before any download', async () => {
  await expect(ingest({ sha256: { ...digests, [small.filename]: 'f'.repeat(64) } })).rejects.toMatchObject({
    code: 'changed-since-judged',
  });
  expect(repository.storeRequests).toEqual([]);
});

test('a file without a digest in the public index is imported', async () => {
  await ingest({ sha256: { ...digests, [small.filename]: '' } });
  expect(repository.storeRequests).toHaveLength(1);
});

test('a file that CodeArtifact lists without sha256 fails the ingest', async () => {
  list(large, { ...small, sha256: null });
  await expect(ingest()).rejects.toMatchObject({ code: 'changed-since-judged' });
});

test('a download whose digest differs from the listed one fails the ingest', async () => {
  repository.send = (file, response) => void response.end(Buffer.alloc(file.bytes.length));
  await expect(ingest()).rejects.toMatchObject({
    code: 'digest-mismatch',
    hint: expect.any(String),
    message: expect.stringMatching(
      new RegExp(
        `${small.filename} from .*127\\.0\\.0\\.1.* is ${sha256(Buffer.alloc(small.bytes.length))}, but the index lists ${digests[small.filename]}`,
      ),
    ),
  });
});

test('the repository’s own word about wrong bytes is `digest-mismatch`, without retries', async () => {
  repository.send = (_file, response) => {
    response.removeHeader('content-length');
    response.writeHead(502, { 'content-type': 'text/plain', 'x-amzn-errortype': 'DigestMismatch' });
    response.end('the sha256 of x is a, but the index lists b\n');
  };
  await expect(ingest()).rejects.toMatchObject({
    code: 'digest-mismatch',
    message: 'the sha256 of x is a, but the index lists b',
  });
  expect(repository.storeRequests).toHaveLength(1);
});

test('a download that breaks off is resumed, and one that never ends well names file, host and cause', async () => {
  let attempts = 0;
  const breakOff = (file: ListedFile, response: ServerResponse) => {
    attempts += 1;
    response.write(file.bytes.subarray(0, 50), () => setTimeout(() => response.socket?.resetAndDestroy(), 20));
  };
  repository.send = (file, response) => {
    if (attempts === 0) breakOff(file, response);
    else response.end(file.bytes);
  };
  await ingest();
  expect(repository.storeRequests).toHaveLength(2);
  repository.send = breakOff;
  api.answers[routes.describe] = () => notFound;
  await expect(ingest()).rejects.toMatchObject({
    code: 'repository-failed',
    message: expect.stringMatching(new RegExp(`${small.filename} from .*127\\.0\\.0\\.1.*broke off after 50 of`)),
    hint: expect.any(String),
  });
});

test('a project or a release that CodeArtifact does not list is `release-not-visible`', async () => {
  await expect(ingest({ release: { name: 'nope' as ProjectName, version: '1.0' } })).rejects.toMatchObject({
    code: 'release-not-visible',
  });
  list(other);
  await expect(ingest()).rejects.toMatchObject({ code: 'release-not-visible' });
});

test('a listed file that answers 404 during the import is requested again', async () => {
  let missing = 2;
  repository.status = (path) => (path.endsWith('.whl') && missing-- > 0 ? 404 : undefined);
  await ingest();
  expect(repository.storeRequests).toHaveLength(1);
});

test('a failing repository and a denying repository are different errors', async () => {
  repository.status = () => 503;
  await expect(ingest()).rejects.toMatchObject({ code: 'repository-failed', exit: 'unavailable' });
  repository.status = () => 403;
  await expect(ingest()).rejects.toMatchObject({ code: 'repository-denied', exit: 'denied' });
});

test('an archived release is an error', async () => {
  api.answers[routes.describe] = () => describeReply('Archived', 'r1');
  await expect(imported()).rejects.toMatchObject({ code: 'release-withdrawn', exit: 'blocked' });
});

test('a missing repository is an error without a wait', async () => {
  states = [{ status: 404, error: 'ResourceNotFoundException', body: { message: 'gone', resourceType: 'repository' } }];
  await ingest();
  await expect(imported()).rejects.toMatchObject({ code: 'repository-unknown', exit: 'configuration' });
});
