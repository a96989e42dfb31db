import { expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { decideFiles } from '../../src/workflow/decide-files.ts';
import { planInspection } from '../../src/workflow/plan-inspection.ts';
import type { FileVerdict } from '../../src/workflow/ports.ts';

const name = normaliseName('demo');
const wheel = 'demo-1-cp311-cp311-manylinux_2_17_x86_64.whl';
const otherWheel = 'demo-1-cp311-cp311-win_amd64.whl';
const sdist = 'demo-1.tar.gz';
const listed = (...names: string[]) => names.map((filename) => ({ filename, size: 1_000 }));
const planOf = (files: Parameters<typeof planInspection>[1], options: Partial<Parameters<typeof planInspection>[2]>) =>
  Object.fromEntries(planInspection(name, files, { needed: undefined, all: false, isRanked: true, ...options }));

test('the needed file is read whole; other wheels of a ranked project by ranges, its sdist later', () => {
  const files = listed(wheel, otherWheel, sdist);
  expect(planOf(files, { needed: wheel })).toEqual({ [wheel]: 'whole', [otherWheel]: 'ranges', [sdist]: 'later' });
  expect(planOf(files, { needed: sdist })).toEqual({ [wheel]: 'ranges', [otherWheel]: 'ranges', [sdist]: 'whole' });
});

test('the only kind of file of a project is never left for later', () => {
  expect(planOf(listed(sdist, 'demo-1.zip'), {})).toEqual({ [sdist]: 'whole', 'demo-1.zip': 'whole' });
});

test('every file of an unranked project is read whole, large wheels by ranges', () => {
  const files = listed(wheel, otherWheel, sdist);
  expect(new Set(Object.values(planOf(files, { isRanked: false })))).toEqual(new Set(['whole']));
  const large = files.map((file) => ({ ...file, size: 30_000_000 }));
  expect(planOf(large, { isRanked: false, needed: wheel })).toEqual({
    [wheel]: 'whole',
    [otherWheel]: 'ranges',
    [sdist]: 'whole',
  });
  expect(planOf([{ filename: otherWheel }], { isRanked: false })).toEqual({ [otherWheel]: 'ranges' });
});

test('a policy that holds a release for any file has every file read whole', () => {
  expect(new Set(Object.values(planOf(listed(wheel, otherWheel, sdist), { all: true })))).toEqual(new Set(['whole']));
});

const allowed: FileVerdict = { status: 'ALLOWED', reasons: [] };
const held: FileVerdict = { status: 'HELD', reasons: ['it uses the network'] };
const blocked: FileVerdict = { status: 'BLOCKED', reasons: ['it names a file'] };
const later: FileVerdict = { status: 'LATER', reasons: [] };
const decide = (verdicts: Record<string, FileVerdict>, mode: 'hide' | 'hold' = 'hide', needed?: string) =>
  decideFiles(new Map(Object.entries(verdicts)), { mode, needed });

test('files that are not allowed are withheld while another one can be installed', () => {
  expect(decide({ a: allowed, b: held, c: blocked, d: later })).toEqual({
    kind: 'copy',
    withheld: { b: held, c: blocked, d: later },
  });
  expect(decide({ a: allowed })).toEqual({ kind: 'copy', withheld: {} });
});

test('a release whose needed file is not allowed is rejected for that file alone', () => {
  const rejected = { kind: 'reject', status: 'HELD', facts: { reasons: [{ text: 'it uses the network' }] } };
  expect(decide({ a: allowed, b: held, c: blocked }, 'hide', 'b')).toMatchObject(rejected);
  expect(decide({ a: allowed, b: held }, 'hide', 'a')).toMatchObject({ kind: 'copy' });
});

test('without an allowed file the release is rejected with every reason, a block outranks a hold', () => {
  const reasons = [{ text: 'it uses the network' }, { text: 'it names a file' }];
  expect(decide({ a: held, b: blocked, c: later })).toMatchObject({
    status: 'BLOCKED',
    facts: { reasons, scope: 'file' },
  });
  expect(decide({ a: held, b: held })).toMatchObject({ status: 'HELD', facts: { reasons: reasons.slice(0, 1) } });
  expect(decide({ a: allowed, b: held }, 'hold')).toMatchObject({ kind: 'reject', status: 'HELD' });
});

test('reasons are limited in number and length', () => {
  const many: FileVerdict = {
    status: 'HELD',
    reasons: Array.from({ length: 50 }, (_, at) => `${at}${'x'.repeat(999)}`),
  };
  const decision = decide({ a: allowed, b: many });
  expect(JSON.stringify(decision).length).toBeLessThan(1_500);
});
