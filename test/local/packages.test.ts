import { describe, expect, it } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile } from '../../src/index/types.ts';
import { planCopy } from '../../src/local/packages/plan-copy.ts';
import type { Asset, StoredPackage, StoredVersion } from '../../src/local/packages/types.ts';
import {
  findVersion,
  isSafeFilename,
  mergeAssets,
  releasesOf,
  revisionOf,
  withVersion,
} from '../../src/local/packages/versions.ts';

const name = normaliseName('demo');
const file = (filename: string, more: Partial<IndexFile> = {}): IndexFile => ({
  filename,
  url: `https://files.example/${filename}`,
  hashes: {},
  yanked: false,
  ...more,
});
const asset = (filename: string, sha256: string): Asset => ({ filename, sha256, file: file(filename) });
const version = (
  text: string,
  assets: Asset[] = [asset(`demo-${text}.tar.gz`, 'aa')],
  more: Partial<StoredVersion> = {},
): StoredVersion => ({
  version: text,
  status: 'Published',
  publishedTime: 1,
  assets,
  revision: revisionOf(name, text, assets),
  ...more,
});
const stored = (...versions: StoredVersion[]): StoredPackage => ({ name, versions });
const copyRequest = (versions: Record<string, string | null>, allowOverwrite = false) => ({
  versions: new Map(Object.entries(versions)),
  allowOverwrite,
});
const codes = (plan: ReturnType<typeof planCopy>) =>
  Object.fromEntries([...plan.failed].map(([key, { errorCode }]) => [key, errorCode]));

describe('planCopy', () => {
  it('copies versions that the destination does not have', () => {
    const plan = planCopy(stored(version('1.0')), undefined, copyRequest({ '1.0': null }));
    expect([...plan.copied.keys()]).toEqual(['1.0']);
    expect(plan.failed.size).toBe(0);
  });

  it('lists a version that the destination already has in neither map', () => {
    const plan = planCopy(stored(version('1.0')), stored(version('1.0')), copyRequest({ '1.0': null }));
    expect([plan.copied.size, plan.failed.size]).toEqual([0, 0]);
  });

  it('rejects other contents unless the request allows overwriting', () => {
    const [source, existing] = [version('1.0'), version('1.0', [asset('demo-1.0.tar.gz', 'bb')])];
    expect(codes(planCopy(stored(source), stored(existing), copyRequest({ '1.0': null })))).toEqual({
      '1.0': 'ALREADY_EXISTS',
    });
    const plan = planCopy(stored(source), stored(existing), copyRequest({ '1.0': null }, true));
    expect(plan.copied.get('1.0')?.revision).toBe(source.revision);
  });

  it('requires the revision that was assessed', () => {
    const plan = planCopy(stored(version('1.0')), undefined, copyRequest({ '1.0': 'assessed' }));
    expect(codes(plan)).toEqual({ '1.0': 'MISMATCHED_REVISION' });
  });

  it('does not copy an archived version', () => {
    const source = stored(version('1.0', undefined, { status: 'Archived' }));
    expect(codes(planCopy(source, undefined, copyRequest({ '1.0': null })))).toEqual({ '1.0': 'MISMATCHED_STATUS' });
  });

  it('skips all the others when one fails', () => {
    const plan = planCopy(stored(version('1.0')), undefined, copyRequest({ '1.0': null, '2.0': null }));
    expect(plan.copied.size).toBe(0);
    expect(codes(plan)).toEqual({ '1.0': 'SKIPPED', '2.0': 'NOT_FOUND' });
  });
});

describe('versions', () => {
  it('are found by their exact spelling, or by one that is equal by PEP 440', () => {
    const demo = stored(version('1.0'), version('2.0.post1'));
    expect(findVersion(demo, '1.0.0')?.version).toBe('1.0');
    expect(findVersion(demo, '2.0-1')?.version).toBe('2.0.post1');
    expect(findVersion(demo, '1.1')).toBeUndefined();
    expect(findVersion(undefined, '1.0')).toBeUndefined();
  });

  it('are sorted by PEP 440', () => {
    const all = ['1.10', '1.9', '1.9rc1'].map((text) => version(text)).reduce(withVersion, stored());
    expect(all.versions.map((sorted) => sorted.version)).toEqual(['1.9rc1', '1.9', '1.10']);
  });

  it('are read from file names, without the files whose names contain none', () => {
    const files = [
      'demo-1.0-py3-none-any.whl',
      'demo-1.0.tar.gz',
      'demo-1.1.zip',
      'demo.tar.gz',
      'other-1.0.tar.gz',
      '../demo-1.0.zip',
    ];
    const releases = releasesOf({ name, files: files.map((filename) => file(filename)) });
    expect(releases.map((release) => [release.version, release.files.length])).toEqual([
      ['1.0', 2],
      ['1.1', 1],
    ]);
  });

  it('have a revision that depends on contents and not on order', () => {
    const [a, b] = [asset('demo-1.0.tar.gz', 'aa'), asset('demo-1.0-py3-none-any.whl', 'bb')];
    expect(revisionOf(name, '1.0', [a, b])).toBe(revisionOf(name, '1.0', [b, a]));
    expect(revisionOf(name, '1.0', [a])).not.toBe(revisionOf(name, '1.0', [a, b]));
    expect(revisionOf(name, '1.0', [a])).not.toBe(revisionOf(name, '1.0', [{ ...a, sha256: 'cc' }]));
  });
});

describe('mergeAssets', () => {
  it('adds new files and yanked marks, and keeps the stored contents', () => {
    const old = asset('demo-1.0.tar.gz', 'aa');
    const listed = [
      { ...old, file: file('demo-1.0.tar.gz', { yanked: 'broken', url: 'https://elsewhere.example/demo' }) },
      asset('demo-1.0-py3-none-any.whl', 'bb'),
    ];
    const merged = mergeAssets([old], listed);
    expect(merged.map(({ filename, sha256 }) => [filename, sha256])).toEqual([
      ['demo-1.0.tar.gz', 'aa'],
      ['demo-1.0-py3-none-any.whl', 'bb'],
    ]);
    expect(merged[0]?.file).toMatchObject({ yanked: 'broken', url: 'https://elsewhere.example/demo' });
    expect(mergeAssets([old], [{ ...old, sha256: 'zz' }])).toEqual([old]);
  });
});

describe('isSafeFilename', () => {
  it.each(['demo-1.0+local.tar.gz', 'demo-1!2.0-py3-none-any.whl'])('accepts %s', (filename) => {
    expect(isSafeFilename(filename)).toBe(true);
  });
  it.each(['.hidden', 'a/b', 'a\\b', 'a b', '', `${'x'.repeat(300)}.zip`, 'a\u0000'])('rejects %j', (filename) => {
    expect(isSafeFilename(filename)).toBe(false);
  });
});
