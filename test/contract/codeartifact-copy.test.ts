import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyRelease } from '../../src/codeartifact/copy-release.ts';
import type { ProjectName } from '../../src/index/types.ts';
import { assetsReply, describeReply, notFound, type Reply, routes, startApi } from '../codeartifact/api-double.ts';

const release = { name: 'alpha' as ProjectName, version: '1.0' };
const [wheel, sdist] = ['alpha-1.0-py3-none-any.whl', 'alpha-1.0.tar.gz'];
const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];

let api: Awaited<ReturnType<typeof startApi>>;
let destination: Reply;
let assets: Record<string, Record<string, string>>;
let copies: Reply[];
let slept: number;

beforeEach(async () => {
  destination = notFound;
  assets = { 'package-install': { [wheel]: a, [sdist]: b }, 'secure-pypi': {} };
  copies = [];
  slept = 0;
  api = await startApi({
    [routes.describe]: () => destination,
    [routes.assets]: ({ query }) => assetsReply('r1', assets[query.get('repository') ?? ''] ?? {}),
    [routes.copy]: () => {
      destination = destination === notFound ? describeReply('Published', 'r1') : destination;
      return copies.shift() ?? { body: { successfulVersions: {}, failedVersions: {} } };
    },
  });
});
afterEach(async () => api.close());

const succeeded: Reply = {
  body: { successfulVersions: { '1.0': { revision: 'r1', status: 'Published' } }, failedVersions: {} },
};

function failed(errorCode: string): Reply {
  return { body: { successfulVersions: {}, failedVersions: { '1.0': { errorCode, errorMessage: 'because' } } } };
}

async function copy() {
  return copyRelease({
    client: api.client,
    domain: 'acme',
    domainOwner: '111122223333',
    from: 'package-install',
    to: 'secure-pypi',
    release,
    revision: 'r1',
    sleep: async (milliseconds) => {
      slept += milliseconds;
    },
  });
}

test('the judged revision is copied without overwriting', async () => {
  copies = [succeeded];
  expect(await copy()).toEqual({ kind: 'copied' });
  const [call] = api.callsOf(routes.copy);
  expect(Object.fromEntries(call!.query)).toMatchObject({
    domain: 'acme',
    'domain-owner': '111122223333',
    'source-repository': 'package-install',
    'destination-repository': 'secure-pypi',
    format: 'pypi',
    package: 'alpha',
  });
  expect(call!.body).toEqual({ versionRevisions: { '1.0': 'r1' }, allowOverwrite: false });
});

test('an identical release, which AWS puts in neither list, is unchanged', async () => {
  expect(await copy()).toEqual({ kind: 'unchanged' });
});

test('a release with new files is overwritten if the old files are the same', async () => {
  destination = describeReply('Published', 'r0');
  assets['secure-pypi'] = { [wheel]: a };
  copies = [failed('ALREADY_EXISTS'), succeeded];
  expect(await copy()).toEqual({ kind: 'copied' });
  expect(api.callsOf(routes.copy).map(({ body }) => body.allowOverwrite)).toEqual([false, true]);
});

test('a file with another digest is never overwritten', async () => {
  destination = describeReply('Published', 'r0');
  assets['secure-pypi'] = { [wheel]: c };
  copies = [failed('ALREADY_EXISTS'), succeeded];
  await expect(copy()).rejects.toMatchObject({ code: 'copy-differs', exit: 'blocked' });
  expect(api.callsOf(routes.copy)).toHaveLength(1);
});

test('files that upstream has deleted stay', async () => {
  destination = describeReply('Published', 'r0');
  assets['secure-pypi'] = { [wheel]: a, [sdist]: b, 'alpha-1.0.zip': c };
  copies = [failed('ALREADY_EXISTS')];
  expect(await copy()).toEqual({ kind: 'unchanged' });
});

test.each([
  ['MISMATCHED_REVISION', 'changed-since-judged', 'unavailable'],
  ['NOT_FOUND', 'copy-failed', 'unavailable'],
  ['MISMATCHED_STATUS', 'copy-failed', 'unavailable'],
  ['SKIPPED', 'copy-failed', 'unavailable'],
  ['NOT_ALLOWED', 'copy-refused', 'configuration'],
])('%s in a response with HTTP 200 is %s', async (errorCode, code, exit) => {
  copies = [failed(errorCode)];
  await expect(copy()).rejects.toMatchObject({ code, exit, message: expect.stringContaining('because') });
});

test('a release that a person archived in secure-pypi is not copied', async () => {
  destination = describeReply('Archived', 'r0');
  await expect(copy()).rejects.toMatchObject({ code: 'release-withdrawn', hint: expect.stringContaining('Published') });
  expect(api.callsOf(routes.copy)).toEqual([]);
});

test('the copy waits for the release to appear, for a limited time', async () => {
  copies = [succeeded];
  const published = describeReply('Published', 'r1');
  let calls = 0;
  api.answers[routes.describe] = () => {
    calls += 1;
    return calls > 3 ? published : notFound;
  };
  expect(await copy()).toEqual({ kind: 'copied' });
  expect(slept).toBeGreaterThan(0);
  api.answers[routes.describe] = () => notFound;
  await expect(copy()).rejects.toMatchObject({ code: 'copy-failed' });
});

test('throttling and missing permissions are AwspipErrors', async () => {
  copies = [{ status: 429, error: 'ThrottlingException', body: { message: 'Rate exceeded' } }];
  await expect(copy()).rejects.toMatchObject({ exit: 'unavailable' });
  destination = notFound;
  copies = [{ status: 403, error: 'AccessDeniedException', body: { message: 'no right' } }];
  await expect(copy()).rejects.toMatchObject({ exit: 'denied', hint: expect.stringContaining('CopyPackageVersions') });
});
