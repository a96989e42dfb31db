import { afterEach, beforeEach, expect, test } from 'vitest';
import { type IngestOptions, ingestRelease } from '../../src/codeartifact/ingest.ts';
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
/** Answers of DescribePackageVersion after the first file was fetched; the last one stays. */
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

async function ingest(options: Partial<IngestOptions> = {}) {
  return ingestRelease({
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

const list = (...files: ListedFile[]) => repository.projects.set('alpha', files);

test('the smallest file is fetched, once, and the release is waited for', async () => {
  expect(await ingest()).toEqual({ revision: 'r1', sha256: digests });
  expect(repository.storeRequests.map(({ path }) => path.split('?')[0])).toEqual([`/${small.filename}`]);
  expect(repository.endpointRequests.every(({ headers }) => headers['user-agent']?.startsWith('awspip/1.2.3'))).toBe(
    true,
  );
  expect(Object.fromEntries(api.asked(routes.describe)[0]!.query)).toMatchObject({
    repository: 'package-install',
    package: 'alpha',
    version: '1.0',
  });
});

test('someone else may fetch the file; what is waited for and compared stays the same', async () => {
  const fetched: string[] = [];
  api.answers[routes.describe] = () => (fetched.length === 0 ? notFound : describeReply('Published', 'r1'));
  const fetch = async ({ filename, url, hashes }: IndexFile) => {
    fetched.push(filename);
    expect(new URL(url).pathname.startsWith('/')).toBe(true);
    expect(hashes.sha256).toBe(digests[filename]);
  };
  expect(await ingest({ fetch })).toEqual({ revision: 'r1', sha256: digests });
  expect([fetched, repository.storeRequests]).toEqual([[small.filename], []]);
  const failing = async () => Promise.reject(new Error('the instance is gone'));
  api.answers[routes.describe] = () => notFound;
  await expect(ingest({ fetch: failing })).rejects.toThrow('the instance is gone');
});

test('a release that is there already is not fetched again', async () => {
  api.answers[routes.describe] = () => describeReply('Published', 'r1');
  expect(await ingest()).toEqual({ revision: 'r1', sha256: digests });
  expect(repository.storeRequests).toEqual([]);
});

test('a file that came since the release was ingested is fetched, though it is not the smallest', async () => {
  let grown = false;
  const { [small.filename]: before } = digests;
  api.answers[routes.describe] = () => {
    grown = repository.storeRequests.length > 0;
    return describeReply('Published', grown ? 'r2' : 'r1');
  };
  api.answers[routes.assets] = () => assetsReply('r', grown ? digests : { [small.filename]: before! });
  expect(await ingest()).toEqual({ revision: 'r2', sha256: digests });
  expect(repository.storeRequests.map(({ path }) => path.split('?')[0])).toEqual([`/${large.filename}`]);
});

test('a file that was not judged stops it before anything is fetched', async () => {
  await expect(ingest({ sha256: { [small.filename]: digests[small.filename]! } })).rejects.toMatchObject({
    code: 'changed-since-judged',
    message: expect.stringContaining(large.filename),
  });
  expect(repository.storeRequests).toEqual([]);
});

test('other bytes than judged stop it, whether the page or the repository says so', async () => {
  await expect(ingest({ sha256: { ...digests, [small.filename]: 'f'.repeat(64) } })).rejects.toMatchObject({
    code: 'changed-since-judged',
  });
  api.answers[routes.assets] = () => assetsReply('r1', { ...digests, [small.filename]: 'f'.repeat(64) });
  await expect(ingest()).rejects.toMatchObject({ code: 'changed-since-judged' });
});

test('a file that the public index gives no digest for is bound by the one it came in with', async () => {
  const judged = { ...digests, [small.filename]: '' };
  expect(await ingest({ sha256: judged })).toMatchObject({ sha256: digests });
});

test('a file listed without sha256 stops it', async () => {
  list(large, { ...small, sha256: null });
  await expect(ingest()).rejects.toMatchObject({ code: 'changed-since-judged' });
});

test('bytes that are not those listed stop it', async () => {
  repository.send = (file, response) => void response.end(Buffer.alloc(file.bytes.length));
  await expect(ingest()).rejects.toMatchObject({ code: 'digest-mismatch' });
});

test('a project or a release that CodeArtifact does not list yet is told apart from a failure', async () => {
  await expect(ingest({ release: { name: 'nope' as ProjectName, version: '1.0' } })).rejects.toMatchObject({
    code: 'release-not-visible',
  });
  list(other);
  await expect(ingest()).rejects.toMatchObject({ code: 'release-not-visible' });
});

test('a listed file that answers 404 while it is imported is fetched a little later', async () => {
  let missing = 2;
  repository.status = (path) => (path.endsWith('.whl') && missing-- > 0 ? 404 : undefined);
  expect((await ingest()).revision).toBe('r1');
  expect(repository.storeRequests).toHaveLength(1);
});

test('a repository that fails or denies is said to', async () => {
  repository.status = () => 503;
  await expect(ingest()).rejects.toMatchObject({ code: 'repository-failed', exit: 'unavailable' });
  repository.status = () => 403;
  await expect(ingest()).rejects.toMatchObject({ code: 'repository-denied', exit: 'denied' });
});

test('a release that never shows up is given up after its time', async () => {
  states = [notFound];
  await expect(ingest({ waitSeconds: 60 })).rejects.toMatchObject({ code: 'import-slow' });
  expect(clock).toBeGreaterThan(50_000);
  expect(clock).toBeLessThanOrEqual(60_000);
});

test('a release whose other files never come is taken as it is, once it has settled', async () => {
  const { [small.filename]: only } = digests;
  api.answers[routes.assets] = () => assetsReply('r1', { [small.filename]: only! });
  expect(await ingest()).toEqual({ revision: 'r1', sha256: { [small.filename]: only } });
  expect(clock).toBeGreaterThanOrEqual(30_000);
});

test('a release that a person archived is refused', async () => {
  states = [describeReply('Archived', 'r1')];
  await expect(ingest()).rejects.toMatchObject({ code: 'release-withdrawn', exit: 'blocked' });
});

test('a missing repository is not waited for', async () => {
  states = [{ status: 404, error: 'ResourceNotFoundException', body: { message: 'gone', resourceType: 'repository' } }];
  await expect(ingest()).rejects.toMatchObject({ code: 'repository-unknown', exit: 'configuration' });
});
