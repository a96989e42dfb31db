import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyRelease } from '../../src/codeartifact/copy.ts';
import type { ProjectName } from '../../src/index/types.ts';
import { assetsReply, describeReply, notFound, type Reply, routes, startApi } from '../codeartifact/api-double.ts';

const release = { name: 'alpha' as ProjectName, version: '1.0' };
const [wheel, sdist] = ['alpha-1.0-py3-none-any.whl', 'alpha-1.0.tar.gz'];
const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];

let api: Awaited<ReturnType<typeof startApi>>;
let destination: Reply;
let held: Record<string, Record<string, string>>;
let copies: Reply[];
let slept: number;

beforeEach(async () => {
  destination = notFound;
  held = { 'package-install': { [wheel]: a, [sdist]: b }, 'secure-pypi': {} };
  copies = [];
  slept = 0;
  api = await startApi({
    [routes.describe]: () => destination,
    [routes.assets]: ({ query }) => assetsReply('r1', held[query.get('repository') ?? ''] ?? {}),
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

test('exactly the judged revision is copied, and nothing is overwritten', async () => {
  copies = [succeeded];
  expect(await copy()).toEqual({ kind: 'copied' });
  const [call] = api.asked(routes.copy);
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

test('an identical release, which AWS puts in neither list, is there already', async () => {
  expect(await copy()).toEqual({ kind: 'already' });
});

test('a release that gained files since is overwritten if the files it had are the same', async () => {
  destination = describeReply('Published', 'r0');
  held['secure-pypi'] = { [wheel]: a };
  copies = [failed('ALREADY_EXISTS'), succeeded];
  expect(await copy()).toEqual({ kind: 'copied' });
  expect(api.asked(routes.copy).map(({ body }) => body.allowOverwrite)).toEqual([false, true]);
});

test('a file with other bytes is never overwritten', async () => {
  destination = describeReply('Published', 'r0');
  held['secure-pypi'] = { [wheel]: c };
  copies = [failed('ALREADY_EXISTS'), succeeded];
  await expect(copy()).rejects.toMatchObject({ code: 'copy-differs', exit: 'blocked' });
  expect(api.asked(routes.copy)).toHaveLength(1);
});

test('files that upstream lost since stay', async () => {
  destination = describeReply('Published', 'r0');
  held['secure-pypi'] = { [wheel]: a, [sdist]: b, 'alpha-1.0.zip': c };
  copies = [failed('ALREADY_EXISTS')];
  expect(await copy()).toEqual({ kind: 'already' });
});

test.each([
  ['MISMATCHED_REVISION', 'changed-since-judged', 'unavailable'],
  ['NOT_FOUND', 'copy-failed', 'unavailable'],
  ['MISMATCHED_STATUS', 'copy-failed', 'unavailable'],
  ['SKIPPED', 'copy-failed', 'unavailable'],
  ['NOT_ALLOWED', 'copy-refused', 'configuration'],
])('%s, which comes with HTTP 200, is %s', async (errorCode, code, exit) => {
  copies = [failed(errorCode)];
  await expect(copy()).rejects.toMatchObject({ code, exit, message: expect.stringContaining('because') });
});

test('a release that a person archived in secure-pypi is not brought back', async () => {
  destination = describeReply('Archived', 'r0');
  await expect(copy()).rejects.toMatchObject({ code: 'release-withdrawn', hint: expect.stringContaining('Published') });
  expect(api.asked(routes.copy)).toEqual([]);
});

test('a copy that takes a moment to show is waited for, not for ever', async () => {
  copies = [succeeded];
  const shows = describeReply('Published', 'r1');
  let asked = 0;
  api.answers[routes.describe] = () => {
    asked += 1;
    return asked > 3 ? shows : notFound;
  };
  expect(await copy()).toEqual({ kind: 'copied' });
  expect(slept).toBeGreaterThan(0);
  api.answers[routes.describe] = () => notFound;
  await expect(copy()).rejects.toMatchObject({ code: 'copy-failed' });
});

test('throttling and denial are in our words', async () => {
  copies = [{ status: 429, error: 'ThrottlingException', body: { message: 'Rate exceeded' } }];
  await expect(copy()).rejects.toMatchObject({ exit: 'unavailable' });
  destination = notFound;
  copies = [{ status: 403, error: 'AccessDeniedException', body: { message: 'no right' } }];
  await expect(copy()).rejects.toMatchObject({ exit: 'denied', hint: expect.stringContaining('CopyPackageVersions') });
});
