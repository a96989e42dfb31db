import { afterAll, beforeAll, expect, test } from 'vitest';
import { release, requestFor } from '../vetting/examples.ts';
import { openStage, type Stage } from '../workflow/stage.ts';
import { unavailable, verdict } from '../workflow/support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('a release that fails becomes ERROR with its cause, and the others go on', async () => {
  const { ports } = stage.world({
    upstream: { breaks: { '1': { needs: ['holds'] } }, holds: { '1': {} } },
    before: (what, id) => {
      if (what === 'ingest' && id === 'breaks==1') throw new Error('the disk is full');
    },
  });
  const request = requestFor(1, 'breaks');
  expect(await stage.run(ports, request)).toBe('FAILED');
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'ERROR', cause: 'Error: the disk is full' });
  expect(await stage.statusOf('breaks==1')).toBe('ERROR');
  expect(await stage.statusOf('holds==1')).toBe('SECURE');
});

test('a root that is refused brings nothing in: what it would need is not even fetched', async () => {
  const { ports, world: w } = stage.world({
    upstream: { wicked: { '1': { needs: ['harmless'] } }, harmless: { '1': {} } },
    verdicts: { 'wicked==1': verdict('BLOCKED') },
  });
  const request = requestFor(1, 'wicked');
  expect(await stage.run(ports, request)).toBe('SUCCEEDED');
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'BLOCKED' });
  expect(w.journal.filter((line) => /^(ingest|copy)/.test(line))).toEqual([]);
  expect(await stage.statusOf('harmless==1')).toBe('ERROR');
  const again = requestFor(1, 'harmless');
  expect(await stage.run(ports, again)).toBe('SUCCEEDED');
  expect(await stage.statusOf('harmless==1')).toBe('SECURE');
});

test('what was let go beside a refused release comes in with the older one that is taken', async () => {
  const { ports } = stage.world({
    upstream: { chosen: { '2': { needs: ['beside'] }, '1': { needs: ['beside'] } }, beside: { '1': {} } },
    verdicts: { 'chosen==2': verdict('BLOCKED') },
  });
  const request = requestFor(1, 'chosen');
  expect(await stage.run(ports, request)).toBe('SUCCEEDED');
  expect([await stage.statusOf('chosen==1'), await stage.statusOf('beside==1')]).toEqual(['SECURE', 'SECURE']);
});

test('an index that cannot be reached is tried a few times, then the request ends in ERROR with the cause', async () => {
  const { ports, world: w } = stage.world({
    before: (what) => {
      if (what === 'resolve') throw unavailable('the index did not answer');
    },
  });
  const request = requestFor(1, 'faraway');
  expect(await stage.run(ports, request)).toBe('FAILED');
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'ERROR', cause: 'the index did not answer' });
  expect(w.journal.filter((line) => line.startsWith('resolve'))).toHaveLength(4);
});

test('a notice that fails is recorded and changes no verdict', async () => {
  const { ports } = stage.world({
    upstream: { quiet: { '1': {} } },
    verdicts: { 'quiet==1': verdict('BLOCKED') },
    before: (what) => {
      if (what === 'notify') throw new Error('Slack is down');
    },
  });
  const request = requestFor(1, 'quiet');
  expect(await stage.run(ports, request)).toBe('SUCCEEDED');
  expect(await stage.read(request.requestId)).toMatchObject({
    status: 'BLOCKED',
    noticeFailed: 'Error: Slack is down',
  });
});

test('files in package-install that were not judged are not copied', async () => {
  const { ports, world: w } = stage.world({ upstream: { swapped: { '1': {} } } });
  const swapped = { ...ports, ingest: async () => ({ revision: 'r', sha256: { 'other.whl': 'e'.repeat(64) } }) };
  const request = requestFor(1, 'swapped');
  await stage.run(swapped, request);
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'ERROR' });
  expect(w.journal.filter((line) => line.startsWith('copy'))).toEqual([]);
});

test('a file whose index gives no digest is bound by the one it came in with', async () => {
  const { ports } = stage.world({ upstream: { bare: { '1': { files: { 'bare-1.tar.gz': '' } } } } });
  const sha256 = { 'bare-1.tar.gz': 'f'.repeat(64) };
  const request = requestFor(1, 'bare');
  await stage.run({ ...ports, ingest: async () => ({ revision: 'r', sha256 }) }, request);
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'SECURE' });
  expect((await stage.table.store.readRelease(release('bare==1'), { consistent: true }))?.sha256).toEqual(sha256);
});

test('input that is no request touches nothing', async () => {
  const { ports, world: w } = stage.world({});
  const request = requestFor(1, 'mine');
  expect(await stage.run(ports, { ...request, roots: ['theirs'] }, { name: 'forged' })).toBe('FAILED');
  expect(await stage.run(ports, { hello: 'world' }, { name: 'nonsense' })).toBe('FAILED');
  expect(await stage.run(ports, { package: '../../etc' }, { name: 'no-project' })).toBe('SUCCEEDED');
  expect(await stage.read(request.requestId)).toBeUndefined();
  expect(w.journal).toEqual([]);
});

test('when a task of a batch fails as a whole, what the batch held becomes ERROR with the cause', async () => {
  const { ports } = stage.world({ upstream: { whole: { '1': {} } } });
  const store = { ...ports.store, putEvidence: () => Promise.reject(new Error('evidence cannot be written')) };
  const request = requestFor(1, 'whole');
  expect(await stage.run({ ...ports, store }, request)).toBe('FAILED');
  expect(await stage.statusOf('whole==1')).toBe('ERROR');
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'ERROR', cause: 'evidence cannot be written' });
});

test('when even giving a batch up fails, the request ends in ERROR and its releases are let go', async () => {
  const { ports } = stage.world({ upstream: { worse: { '1': {} } } });
  let claimed = false;
  const store = {
    ...ports.store,
    claimRelease: async (...claim: Parameters<typeof ports.store.claimRelease>) => {
      claimed = true;
      return ports.store.claimRelease(...claim);
    },
    // Ranges are what batches read by.
    requestReleases: async (id: string, range?: { from: string; to: string }) => {
      if (claimed && range !== undefined) throw new Error('ranges cannot be read');
      return ports.store.requestReleases(id, range);
    },
  };
  const request = requestFor(1, 'worse');
  expect(await stage.run({ ...ports, store }, request)).toBe('FAILED');
  expect(await stage.statusOf('worse==1')).toBe('ERROR');
  expect(await stage.read(request.requestId)).toMatchObject({ status: 'ERROR', cause: 'ranges cannot be read' });
});
