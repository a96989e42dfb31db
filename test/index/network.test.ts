import { describe, expect, test } from 'vitest';
import { memoize } from '../../src/index/memoize.ts';
import { mergeSources } from '../../src/index/merge-sources.ts';
import { normaliseName } from '../../src/index/names.ts';
import { isWithoutProxy } from '../../src/index/no-proxy.ts';
import type { SourceResult } from '../../src/index/sources.ts';
import type { IndexFile } from '../../src/index/types.ts';

test.each([
  ['https://pypi.org/', undefined, false],
  ['https://pypi.org/', '', false],
  ['https://pypi.org/', '*', true],
  ['https://pypi.org/', 'pypi.org', true],
  ['https://files.pypi.org/', 'pypi.org', true],
  ['https://files.pypi.org/', ' .PYPI.org , x', true],
  ['https://notpypi.org/', 'pypi.org', false],
  ['https://pypi.org.evil.example/', 'pypi.org', false],
  ['https://host:8443/', 'host:8443', true],
  ['https://host:8443/', 'host:443', false],
  ['http://host/', 'host:80', true],
  ['http://10.1.2.3/', '10.0.0.0/8', true],
  ['http://11.1.2.3/', '10.0.0.0/8', false],
  ['http://127.0.0.1:9/', 'localhost,127.0.0.1', true],
  ['http://[::1]:9/', '::1', true],
  ['http://10.1.2.3/', '10.0.0.0/99', false],
])('%s with NO_PROXY %j bypasses the proxy: %s', (url, noProxy, expected) => {
  expect(isWithoutProxy(new URL(url), noProxy)).toBe(expected);
});

describe('memoize', () => {
  const options = {
    milliseconds: 1000,
    isCacheable: (result: string) => result !== 'bad',
    weigh: () => 1,
    maxWeight: 3,
  };
  const openFixture = () => {
    const calls: string[] = [];
    let time = 0;
    const compute = async (key: string): Promise<string> => {
      calls.push(key);
      if (key === 'thrown') throw new Error(key);
      return key;
    };
    const memoized = memoize(compute, { ...options, now: () => time });
    const advance = (milliseconds: number): void => {
      time += milliseconds;
    };
    return { asked: calls, remembered: memoized, pass: advance };
  };

  test('shares one call between concurrent callers and caches its result', async () => {
    const { asked: calls, remembered: memoized, pass: advance } = openFixture();
    await Promise.all(Array.from({ length: 100 }, () => memoized('a')));
    advance(999);
    await memoized('a');
    expect(calls).toEqual(['a']);
    advance(1);
    await memoized('a');
    expect(calls).toEqual(['a', 'a']);
  });

  test('does not cache failures', async () => {
    const { asked: calls, remembered: memoized } = openFixture();
    await memoized('bad');
    await memoized('bad');
    await expect(memoized('thrown')).rejects.toThrow('thrown');
    await expect(memoized('thrown')).rejects.toThrow('thrown');
    expect(calls).toEqual(['bad', 'bad', 'thrown', 'thrown']);
  });

  test('drops the oldest results when the total weight exceeds the limit', async () => {
    const { asked: calls, remembered: memoized } = openFixture();
    for (const key of ['a', 'b', 'c', 'd', 'd', 'c', 'b', 'a']) await memoized(key);
    expect(calls).toEqual(['a', 'b', 'c', 'd', 'a']);
  });
});

describe('mergeSources', () => {
  const name = normaliseName('demo');
  const file = (filename: string, url: string, more: Partial<IndexFile> = {}): IndexFile => ({
    filename,
    url,
    hashes: {},
    yanked: false,
    ...more,
  });
  const found = (...files: IndexFile[]): SourceResult => ({ kind: 'found', page: { name, files } });
  const merge = (...results: SourceResult[]) =>
    mergeSources(
      name,
      results.map((result, index) => ({ source: { label: `source ${index}` }, result })),
    );
  const missing: SourceResult = { kind: 'missing' };
  const failed: SourceResult = { kind: 'failed', cause: 'it broke' };

  test('merges the files of all sources into one page', () => {
    expect(merge(found(file('a', 'x:1')), missing, found(file('b', 'x:2')))).toMatchObject({
      kind: 'found',
      page: { files: [{ filename: 'a' }, { filename: 'b' }] },
      from: ['source 0', 'source 2'],
      complete: true,
    });
  });

  test('is incomplete when a source failed', () => {
    expect(merge(found(file('a', 'x:1')), failed)).toMatchObject({ kind: 'found', complete: false });
  });

  test('reports a missing project only when no source failed', () => {
    expect(merge(missing, missing)).toEqual({ kind: 'missing' });
    expect(merge(missing, failed)).toEqual({ kind: 'unreachable', cause: 'it broke' });
    expect(merge()).toEqual({ kind: 'missing' });
  });

  test('keeps the first entry per file name and fills in missing fields from entries with the same digest', () => {
    const hashes = { sha256: 'ab'.repeat(32) };
    const later = { hashes, size: 5, uploadTime: '2024-01-01T00:00:00.000Z', yanked: 'bad' };
    const same = merge(found(file('a', 'x:1', { hashes })), found(file('a', 'x:2', later)));
    expect(same).toMatchObject({
      page: { files: [{ url: 'x:1', size: 5, uploadTime: later.uploadTime, yanked: 'bad' }] },
    });
    const other = merge(found(file('a', 'x:1', { hashes })), found(file('a', 'x:2', { ...later, hashes: {} })));
    expect(other).toMatchObject({ page: { files: [file('a', 'x:1', { hashes })] } });
  });

  test('marks a project as quarantined when any source does', () => {
    const active: SourceResult = { kind: 'found', page: { name, files: [], status: 'active' } };
    const bad: SourceResult = { kind: 'found', page: { name, files: [], status: 'quarantined' } };
    expect(merge(active, bad)).toMatchObject({ page: { status: 'quarantined' } });
  });
});
