import { afterAll, beforeAll, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { release, requestFor } from '../vetting/examples.ts';
import { unavailable, verdict } from '../workflow/prepare-ports.ts';
import { openTestBed, type TestBed } from '../workflow/test-bed.ts';

let testBed: TestBed;
beforeAll(async () => {
  testBed = await openTestBed();
});
afterAll(() => testBed.close());

const copies = (calls: readonly string[]) => calls.filter((call) => call.startsWith('copy')).length;

test('a vetted release that secure-pypi has lost is vetted and copied again', async () => {
  const { ports, scenario } = testBed.prepare({ upstream: { lost: { '1.0': {} } } });
  await testBed.run(ports, requestFor(1, 'lost'));
  scenario.notPublished.set('lost==1.0', undefined);
  const again = requestFor(2, 'lost');
  await testBed.run(ports, again);
  expect(await testBed.read(again.requestId)).toMatchObject({ status: 'SECURE', counts: { releases: 1, secure: 1 } });
  expect(copies(scenario.calls)).toBe(2);
  expect(await testBed.statusOf('lost==1.0')).toBe('SECURE');
});

test('a lost release that the policy no longer allows is not copied again', async () => {
  const { ports, scenario } = testBed.prepare({ upstream: { spoiled: { '1.0': {} } } });
  await testBed.run(ports, requestFor(1, 'spoiled'));
  scenario.notPublished.set('spoiled==1.0', undefined);
  scenario.verdicts['spoiled==1.0'] = verdict('BLOCKED');
  const again = requestFor(2, 'spoiled');
  await testBed.run(ports, again);
  expect(await testBed.read(again.requestId)).toMatchObject({ status: 'BLOCKED' });
  expect(copies(scenario.calls)).toBe(1);
});

test('a vetted release that secure-pypi has is not copied again', async () => {
  const { ports, scenario } = testBed.prepare({ upstream: { kept: { '1.0': {} } } });
  await testBed.run(ports, requestFor(1, 'kept'));
  await testBed.run(ports, requestFor(2, 'kept'));
  expect(copies(scenario.calls)).toBe(1);
});

test('a release that a person archived is on hold, and vetted once it is published again', async () => {
  const { ports, scenario } = testBed.prepare({ upstream: { archived: { '1.0': {} } } });
  await testBed.run(ports, requestFor(1, 'archived'));
  scenario.notPublished.set('archived==1.0', 'Archived');
  scenario.before = (service) => {
    if (service !== 'copy' || !scenario.notPublished.has('archived==1.0')) return;
    throw new AwspipError('release-withdrawn', 'archived 1.0 is Archived in secure-pypi', { exit: 'blocked' });
  };
  for (const attempt of [2, 3]) {
    const again = requestFor(attempt, 'archived');
    await testBed.run(ports, again);
    expect(await testBed.read(again.requestId)).toMatchObject({
      status: 'HELD',
      refusals: [{ version: '1.0', reasons: [{ text: 'archived 1.0 is Archived in secure-pypi' }], fatal: true }],
    });
  }
  scenario.notPublished.clear();
  const published = requestFor(4, 'archived');
  await testBed.run(ports, published);
  expect(await testBed.read(published.requestId)).toMatchObject({ status: 'SECURE' });
});

test('a repository that does not answer ends the request in ERROR, and the record stays SECURE', async () => {
  const { ports } = testBed.prepare({ upstream: { unasked: { '1.0': {} } } });
  await testBed.run(ports, requestFor(1, 'unasked'));
  const secureStatus = async () => Promise.reject(unavailable('CodeArtifact is unavailable'));
  const again = requestFor(2, 'unasked');
  await testBed.run({ ...ports, secureStatus }, again);
  expect(await testBed.read(again.requestId)).toMatchObject({
    status: 'ERROR',
    cause: expect.stringContaining('CodeArtifact is unavailable'),
  });
  expect((await testBed.table.store.readRelease(release('unasked==1.0')))?.status).toBe('SECURE');
});
