import { afterAll, beforeAll, expect, test } from 'vitest';
import { release, requestFor } from '../vetting/examples.ts';
import { unavailable, verdict } from '../workflow/prepare-ports.ts';
import { openTestBed, type TestBed } from '../workflow/test-bed.ts';

let testBed: TestBed;
beforeAll(async () => {
  testBed = await openTestBed();
});
afterAll(() => testBed.close());

test('a release that fails becomes ERROR with its cause, and the other releases continue', async () => {
  const { ports } = testBed.prepare({
    upstream: { breaks: { '1': { needs: ['holds'] } }, holds: { '1': {} } },
    before: (service, id) => {
      if (service === 'ingest' && id === 'breaks==1') throw new Error('the disk is full');
    },
  });
  const request = requestFor(1, 'breaks');
  expect(await testBed.run(ports, request)).toBe('FAILED');
  expect(await testBed.read(request.requestId)).toMatchObject({
    status: 'ERROR',
    cause: 'breaks 1: Error: the disk is full',
  });
  expect(await testBed.statusOf('breaks==1')).toBe('ERROR');
  expect(await testBed.statusOf('holds==1')).toBe('SECURE');
});

test('the dependencies of a blocked root are not inspected or copied', async () => {
  const { ports, scenario } = testBed.prepare({
    upstream: { wicked: { '1': { needs: ['harmless'] } }, harmless: { '1': {} } },
    verdicts: { 'wicked==1': verdict('BLOCKED') },
  });
  const request = requestFor(1, 'wicked');
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'BLOCKED' });
  expect(scenario.calls.filter((line) => /^(inspect|copy)/.test(line))).toEqual([]);
  expect(await testBed.statusOf('harmless==1')).toBe('ERROR');
  const other = requestFor(1, 'harmless');
  expect(await testBed.run(ports, other)).toBe('SUCCEEDED');
  expect(await testBed.statusOf('harmless==1')).toBe('SECURE');
});

test('a dependency whose claim was released is vetted with the older release that replaces the blocked one', async () => {
  const { ports } = testBed.prepare({
    upstream: { chosen: { '2': { needs: ['shared'] }, '1': { needs: ['shared'] } }, shared: { '1': {} } },
    verdicts: { 'chosen==2': verdict('BLOCKED') },
  });
  const request = requestFor(1, 'chosen');
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  expect([await testBed.statusOf('chosen==1'), await testBed.statusOf('shared==1')]).toEqual(['SECURE', 'SECURE']);
});

test('an unreachable index is retried a few times, then the request ends in ERROR with the cause', async () => {
  const { ports, scenario } = testBed.prepare({
    before: (service) => {
      if (service === 'resolve') throw unavailable('the index did not answer');
    },
  });
  const request = requestFor(1, 'faraway');
  expect(await testBed.run(ports, request)).toBe('FAILED');
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'ERROR', cause: 'the index did not answer' });
  expect(scenario.calls.filter((line) => line.startsWith('resolve'))).toHaveLength(4);
});

test('a failed notice is recorded and does not change the verdict', async () => {
  const { ports } = testBed.prepare({
    upstream: { quiet: { '1': {} } },
    verdicts: { 'quiet==1': verdict('BLOCKED') },
    before: (service) => {
      if (service === 'notify') throw new Error('Slack is down');
    },
  });
  const request = requestFor(1, 'quiet');
  expect(await testBed.run(ports, request)).toBe('SUCCEEDED');
  expect(await testBed.read(request.requestId)).toMatchObject({
    status: 'BLOCKED',
    noticeFailed: 'Error: Slack is down',
  });
});

test('files in package-install that were not assessed are not copied', async () => {
  const { ports, scenario } = testBed.prepare({ upstream: { swapped: { '1': {} } } });
  const swapped = { ...ports, imported: async () => ({ revision: 'r', sha256: { 'other.whl': 'e'.repeat(64) } }) };
  const request = requestFor(1, 'swapped');
  await testBed.run(swapped, request);
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'ERROR' });
  expect(scenario.calls.filter((line) => line.startsWith('copy'))).toEqual([]);
});

test('a file without a digest in the index is copied only with the bytes that were inspected', async () => {
  const { ports } = testBed.prepare({
    upstream: {
      bare: { '1': { files: { 'bare-1.tar.gz': '' } } },
      changed: { '1': { files: { 'changed-1.zip': '' } } },
    },
  });
  const inspected = async (_: unknown, { sha256 }: { readonly sha256: object }) =>
    new Map(
      Object.keys(sha256).map((name) => [name, { status: 'ALLOWED', reasons: [], sha256: 'f'.repeat(64) } as const]),
    );
  const imported = (file: string, digit: string) => async () => ({
    revision: 'r',
    sha256: { [file]: digit.repeat(64) },
  });
  const request = requestFor(1, 'bare');
  await testBed.run({ ...ports, inspect: inspected, imported: imported('bare-1.tar.gz', 'f') }, request);
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'SECURE' });
  expect(await testBed.table.store.vettedFiles([release('bare==1')])).toMatchObject([
    { sha256: { 'bare-1.tar.gz': 'f'.repeat(64) } },
  ]);
  const other = requestFor(1, 'changed');
  await testBed.run({ ...ports, inspect: inspected, imported: imported('changed-1.zip', 'e') }, other);
  expect(await testBed.read(other.requestId)).toMatchObject({ status: 'ERROR' });
});

test('invalid input writes no record and calls no service', async () => {
  const { ports, scenario } = testBed.prepare({});
  const request = requestFor(1, 'original');
  expect(await testBed.run(ports, { ...request, roots: ['different'] }, { name: 'forged' })).toBe('FAILED');
  expect(await testBed.run(ports, { unknown: 'member' }, { name: 'nonsense' })).toBe('FAILED');
  expect(await testBed.run(ports, { package: '../../etc' }, { name: 'no-project' })).toBe('SUCCEEDED');
  expect(await testBed.read(request.requestId)).toBeUndefined();
  expect(scenario.calls).toEqual([]);
});

test('when a task of a batch fails as a whole, the claimed releases become ERROR with the cause', async () => {
  const { ports } = testBed.prepare({ upstream: { whole: { '1': {} } } });
  const store = { ...ports.store, putEvidence: () => Promise.reject(new Error('evidence cannot be written')) };
  const request = requestFor(1, 'whole');
  expect(await testBed.run({ ...ports, store }, request)).toBe('FAILED');
  expect(await testBed.statusOf('whole==1')).toBe('ERROR');
  expect(await testBed.read(request.requestId)).toMatchObject({
    status: 'ERROR',
    cause: 'whole 1: evidence cannot be written',
  });
});

test('when ending a failed batch fails too, the request and its releases end in ERROR', async () => {
  const { ports } = testBed.prepare({ upstream: { worse: { '1': {} } } });
  let claimed = false;
  const store = {
    ...ports.store,
    claimRelease: async (...claim: Parameters<typeof ports.store.claimRelease>) => {
      claimed = true;
      return ports.store.claimRelease(...claim);
    },
    // Only batches read by range.
    requestReleases: async (id: string, range?: { from: string; to: string }) => {
      if (claimed && range !== undefined) throw new Error('ranges cannot be read');
      return ports.store.requestReleases(id, range);
    },
  };
  const request = requestFor(1, 'worse');
  expect(await testBed.run({ ...ports, store }, request)).toBe('FAILED');
  expect(await testBed.statusOf('worse==1')).toBe('ERROR');
  expect(await testBed.read(request.requestId)).toMatchObject({ status: 'ERROR', cause: 'ranges cannot be read' });
});
