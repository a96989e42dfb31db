import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileMark } from '../../src/vetting/file-mark.ts';
import { release, requestFor } from '../vetting/examples.ts';
import { openTestBed, type TestBed } from '../workflow/test-bed.ts';

let testBed: TestBed;
beforeAll(async () => {
  testBed = await openTestBed();
});
afterAll(() => testBed.close());

const digest = (letter: string) => letter.repeat(64);
const held = { status: 'HELD', reasons: ['setup.py uses the network'] } as const;
const later = { status: 'LATER', reasons: ['no request has needed this file yet'] } as const;

/** Publishes a release with a wheel and an sdist; pip prefers the wheel unless `prefers` says otherwise. */
function twoFiles(name: string, prefers?: 'sdist') {
  const [wheel, sdist] = [`${name}-1-py3-none-any.whl`, `${name}-1.tar.gz`];
  const files = { [wheel]: digest('a'), [sdist]: digest('b') };
  const upstream: Record<string, Record<string, { files: Record<string, string>; prefers?: string }>> = {
    [name]: { '1': { files, prefers: prefers === 'sdist' ? sdist : wheel } },
  };
  return { wheel, sdist, upstream };
}

async function vet({ ports }: ReturnType<TestBed['prepare']>, name: string, attempt = 1) {
  const request = requestFor(attempt, name);
  await testBed.run(ports, request);
  return testBed.read(request.requestId);
}
const withheldOf = async (name: string) => (await testBed.table.store.withheldOf(release(`${name}==1`).name))[0];

test('a release is vetted without its sdist, whose reason is on record', async () => {
  const { upstream, sdist } = twoFiles('mixed');
  const prepared = testBed.prepare({ upstream, fileVerdicts: { 'mixed==1': { [sdist]: held } } });
  expect(await vet(prepared, 'mixed')).toMatchObject({ status: 'SECURE' });
  expect(await withheldOf('mixed')).toMatchObject({ files: { [sdist]: held }, policyVersion: 'p1' });
  expect(await testBed.table.store.readRelease(release('mixed==1'))).toMatchObject({ withheld: [fileMark(sdist)] });
});

test('a release of which every file is on hold is on hold, and is not copied', async () => {
  const { upstream, wheel, sdist } = twoFiles('bad');
  const prepared = testBed.prepare({ upstream, fileVerdicts: { 'bad==1': { [wheel]: held, [sdist]: held } } });
  expect(await vet(prepared, 'bad')).toMatchObject({
    status: 'HELD',
    refusals: [{ reasons: [{ text: 'setup.py uses the network' }], fatal: true }],
  });
  expect(prepared.scenario.calls.filter((call) => call.startsWith('copy'))).toEqual([]);
});

test('who needs the withheld file gets its verdict, at the first request and at later ones', async () => {
  const { upstream, sdist } = twoFiles('needs-sdist', 'sdist');
  const prepared = testBed.prepare({ upstream, fileVerdicts: { 'needs-sdist==1': { [sdist]: held } } });
  for (const attempt of [1, 2]) {
    expect(await vet(prepared, 'needs-sdist', attempt)).toMatchObject({
      status: 'HELD',
      refusals: [{ name: 'needs-sdist', version: '1', reasons: [{ text: 'setup.py uses the network' }], fatal: true }],
    });
  }
  expect(prepared.scenario.calls.filter((call) => call.startsWith('copy'))).toEqual([]);
});

test('a file that was left for later is inspected once a request needs it', async () => {
  const { upstream, wheel, sdist } = twoFiles('deferred');
  const prepared = testBed.prepare({ upstream, fileVerdicts: { 'deferred==1': { [sdist]: later } } });
  expect(await vet(prepared, 'deferred')).toMatchObject({ status: 'SECURE' });
  expect(await withheldOf('deferred')).toMatchObject({ files: { [sdist]: later } });
  const found = prepared.scenario.upstream.deferred?.['1'];
  if (found !== undefined) found.prefers = sdist;
  prepared.scenario.fileVerdicts['deferred==1'] = {};
  expect(await vet(prepared, 'deferred', 2)).toMatchObject({ status: 'SECURE' });
  expect(await withheldOf('deferred')).toMatchObject({ files: {} });
  expect(await testBed.statusOf('deferred==1')).toBe('SECURE');
  expect(await testBed.table.store.vettedFiles([release('deferred==1')])).toMatchObject([
    { sha256: { [wheel]: digest('a'), [sdist]: digest('b') } },
  ]);
});

test('the record of a release with 180 files, most of them withheld, stays below 4 KB', async () => {
  const names = Array.from(
    { length: 180 },
    (_, at) => `wide-1-cp3${at}-cp3${at}-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`,
  );
  const files = Object.fromEntries(names.map((name) => [name, digest('a')]));
  const held = Object.fromEntries(
    names.slice(1).map((name) => [name, { status: 'HELD', reasons: ['reads a key'] } as const]),
  );
  const prepared = testBed.prepare({ upstream: { wide: { '1': { files } } }, fileVerdicts: { 'wide==1': held } });
  expect(await vet(prepared, 'wide')).toMatchObject({ status: 'SECURE' });
  const record = await testBed.table.store.readRelease(release('wide==1'), { consistent: true });
  expect(record?.withheld).toHaveLength(179);
  expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThan(4096);
  expect(Object.keys((await testBed.table.store.vettedFiles([release('wide==1')]))[0]?.sha256 ?? {})).toEqual(names);
  expect(Object.keys((await withheldOf('wide'))?.files ?? {})).toHaveLength(179);
});

test.each(['tar.bz2', 'tgz', 'tar.xz'])('an sdist in the format %s is inspected like any other', async (format) => {
  const name = `packed${format.replaceAll('.', '')}`;
  const [wheel, sdist] = [`${name}-1-py3-none-any.whl`, `${name}-1.${format}`];
  const files = { [wheel]: digest('a'), [sdist]: digest('b') };
  const held = { [sdist]: { status: 'HELD', reasons: ['reads a key'] } as const };
  const prepared = testBed.prepare({
    upstream: { [name]: { '1': { files, prefers: wheel } } },
    fileVerdicts: { [`${name}==1`]: held },
  });
  expect(await vet(prepared, name)).toMatchObject({ status: 'SECURE' });
  expect(await withheldOf(name)).toMatchObject({ files: held });
});

test('a release with a file that no inspection covers is not copied', async () => {
  const files = { 'odd-1-py3-none-any.whl': digest('a'), 'odd-1.exe': digest('b') };
  const prepared = testBed.prepare({ upstream: { odd: { '1': { files } } } });
  expect(await vet(prepared, 'odd')).toMatchObject({ status: 'ERROR' });
  expect(prepared.scenario.calls.filter((call) => call.startsWith('copy'))).toEqual([]);
});

test('a needed file that was not inspected is on hold, never vetted', async () => {
  const { upstream, sdist } = twoFiles('never', 'sdist');
  const prepared = testBed.prepare({ upstream, fileVerdicts: { 'never==1': { [sdist]: later } } });
  expect(await vet(prepared, 'never')).toMatchObject({
    status: 'HELD',
    refusals: [{ reasons: [{ text: `${sdist} was not inspected` }] }],
  });
});

test("a person's approval shows the withheld file to the next request that needs it", async () => {
  const { upstream, sdist } = twoFiles('approved', 'sdist');
  const prepared = testBed.prepare({ upstream, fileVerdicts: { 'approved==1': { [sdist]: held } } });
  expect(await vet(prepared, 'approved')).toMatchObject({ status: 'HELD' });
  const { name } = release('approved==1');
  const decision = { id: 'd1', name, specifier: '', kind: 'approve', reason: 'read it', owner: 'ann' } as const;
  await testBed.table.store.putApproval({ ...decision, createdAt: new Date(testBed.now()).toISOString() });
  expect(await vet(prepared, 'approved', 2)).toMatchObject({ status: 'SECURE' });
  expect(await withheldOf('approved')).toBeUndefined();
});

test('a policy can put a release with one refused file on hold', async () => {
  const { upstream, sdist } = twoFiles('strict');
  const { ports, scenario } = testBed.prepare({ upstream, fileVerdicts: { 'strict==1': { [sdist]: held } } });
  const strict = { ...ports, policy: { ...ports.policy, withheldFiles: 'hold' as const } };
  expect(await vet({ ports: strict, scenario }, 'strict')).toMatchObject({ status: 'HELD' });
});

test('package-install that does not send a file is a failure of a service, not a verdict', async () => {
  const { upstream } = twoFiles('unsent');
  const prepared = testBed.prepare({
    upstream,
    before: (service) => {
      if (service === 'inspect') throw new Error('the repository failed');
    },
  });
  expect(await vet(prepared, 'unsent')).toMatchObject({ status: 'ERROR' });
  expect(await testBed.statusOf('unsent==1')).toBe('ERROR');
});

test('a project of which every sdist is on hold is on hold after a few of them, in two rounds', async () => {
  const versions = Array.from({ length: 40 }, (_, at) => `${40 - at}`);
  const files = (version: string) => ({
    [`many-${version}-py3-none-any.whl`]: digest('a'),
    [`many-${version}.zip`]: digest('b'),
  });
  const upstream = {
    many: Object.fromEntries(
      versions.map((version) => [version, { files: files(version), prefers: `many-${version}.zip` }]),
    ),
  };
  const fileVerdicts = Object.fromEntries(
    versions.map((version) => [`many==${version}`, { [`many-${version}.zip`]: held }]),
  );
  const prepared = testBed.prepare({ upstream, fileVerdicts });
  expect(await vet(prepared, 'many')).toMatchObject({ status: 'HELD' });
  expect(prepared.scenario.calls.filter((call) => call.startsWith('resolve'))).toHaveLength(2);
  expect(prepared.scenario.calls.filter((call) => call.startsWith('inspect'))).toHaveLength(5);
});

test('a vetted release hides a file that is refused when a later request needs it', async () => {
  const { upstream, wheel, sdist } = twoFiles('later');
  const prepared = testBed.prepare({ upstream, fileVerdicts: { 'later==1': { [sdist]: later } } });
  expect(await vet(prepared, 'later')).toMatchObject({ status: 'SECURE' });
  const found = prepared.scenario.upstream.later?.['1'];
  if (found !== undefined) found.prefers = sdist;
  prepared.scenario.fileVerdicts['later==1'] = { [sdist]: held };
  expect(await vet(prepared, 'later', 2)).toMatchObject({ status: 'HELD' });
  expect(await testBed.table.store.readRelease(release('later==1'))).toMatchObject({
    status: 'SECURE',
    withheld: [fileMark(sdist)],
  });
  if (found !== undefined) found.prefers = wheel;
  expect(await vet(prepared, 'later', 3)).toMatchObject({ status: 'SECURE' });
});

test('the METADATA of allowed wheels is on record when the release is vetted, for the digests that were checked', async () => {
  const metadata = Buffer.from('Name: described\n\nText\n');
  const [plain, linux, windows, refused] = [
    'none-any',
    'none-linux_x86_64',
    'none-win_amd64',
    'none-macosx_11_0_arm64',
  ].map((tags) => `described-1-py3-${tags}.whl`) as [string, string, string, string];
  const files = { [plain]: digest('a'), [linux]: digest('b'), [windows]: digest('c'), [refused]: digest('e') };
  const upstream = { described: { '1': { files } } };
  const allowed = { status: 'ALLOWED', reasons: [] } as const;
  const fileVerdicts = {
    'described==1': {
      [plain]: { ...allowed, metadata, sha256: digest('a') },
      // Read by ranges, so only what a checked file has too is certain.
      [linux]: { ...allowed, metadata },
      [windows]: { ...allowed, metadata: Buffer.from('Name: described\n\nOther\n') },
      [refused]: { ...held, metadata, sha256: digest('e') },
    },
  };
  const prepared = testBed.prepare({ upstream, fileVerdicts });
  expect(await vet(prepared, 'described')).toMatchObject({ status: 'SECURE' });
  const { name } = release('described==1');
  const digests = await testBed.table.store.metadataDigests(name);
  expect([...digests.keys()]).toEqual([digest('a'), digest('b')]);
  expect(await testBed.table.store.readMetadata(name, digests.get(digest('b')) ?? '')).toEqual(metadata);
});
