import { describe, expect, test } from 'vitest';
import { memoize } from '../../src/index/memoize.ts';
import { mergeSources } from '../../src/index/merge-sources.ts';
import { normaliseName } from '../../src/index/names.ts';
import { isWithoutProxy } from '../../src/index/no-proxy.ts';
import type { SourceAnswer } from '../../src/index/sources.ts';
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
])('%s with NO_PROXY %j goes without a proxy: %s', (url, noProxy, expected) => {
  expect(isWithoutProxy(new URL(url), noProxy)).toBe(expected);
});

describe('answers are remembered', () => {
  const memory = { milliseconds: 1000, keeps: (answer: string) => answer !== 'bad', weigh: () => 1, maxWeight: 3 };
  const journal = () => {
    const asked: string[] = [];
    let time = 0;
    const ask = async (key: string): Promise<string> => {
      asked.push(key);
      if (key === 'thrown') throw new Error(key);
      return key;
    };
    const remembered = memoize(ask, { ...memory, now: () => time });
    const pass = (milliseconds: number): void => {
      time += milliseconds;
    };
    return { asked, remembered, pass };
  };

  test('so that a hundred who ask at once are one question, and so is who asks soon after', async () => {
    const { asked, remembered, pass } = journal();
    await Promise.all(Array.from({ length: 100 }, () => remembered('a')));
    pass(999);
    await remembered('a');
    expect(asked).toEqual(['a']);
    pass(1);
    await remembered('a');
    expect(asked).toEqual(['a', 'a']);
  });

  test('but not failures', async () => {
    const { asked, remembered } = journal();
    await remembered('bad');
    await remembered('bad');
    await expect(remembered('thrown')).rejects.toThrow('thrown');
    await expect(remembered('thrown')).rejects.toThrow('thrown');
    expect(asked).toEqual(['bad', 'bad', 'thrown', 'thrown']);
  });

  test('as long as they weigh little; the oldest go first', async () => {
    const { asked, remembered } = journal();
    for (const key of ['a', 'b', 'c', 'd', 'd', 'c', 'b', 'a']) await remembered(key);
    expect(asked).toEqual(['a', 'b', 'c', 'd', 'a']);
  });
});

describe('several sources', () => {
  const name = normaliseName('demo');
  const file = (filename: string, url: string, more: Partial<IndexFile> = {}): IndexFile => ({
    filename,
    url,
    hashes: {},
    yanked: false,
    ...more,
  });
  const found = (...files: IndexFile[]): SourceAnswer => ({ kind: 'found', page: { name, files } });
  const merge = (...answers: SourceAnswer[]) =>
    mergeSources(
      name,
      answers.map((answer, index) => ({ source: { label: `source ${index}` }, answer })),
    );
  const missing: SourceAnswer = { kind: 'missing' };
  const failed: SourceAnswer = { kind: 'failed', cause: 'it broke' };

  test('make one page of all their files', () => {
    expect(merge(found(file('a', 'x:1')), missing, found(file('b', 'x:2')))).toMatchObject({
      kind: 'found',
      page: { files: [{ filename: 'a' }, { filename: 'b' }] },
      from: ['source 0', 'source 2'],
      complete: true,
    });
  });

  test('are not complete when one failed', () => {
    expect(merge(found(file('a', 'x:1')), failed)).toMatchObject({ kind: 'found', complete: false });
  });

  test('have no project only when none of them failed', () => {
    expect(merge(missing, missing)).toEqual({ kind: 'missing' });
    expect(merge(missing, failed)).toEqual({ kind: 'unreachable', cause: 'it broke' });
    expect(merge()).toEqual({ kind: 'missing' });
  });

  test('of one file name, the first counts; the same bytes elsewhere fill in what it leaves unsaid', () => {
    const hashes = { sha256: 'ab'.repeat(32) };
    const later = { hashes, size: 5, uploadTime: '2024-01-01T00:00:00.000Z', yanked: 'bad' };
    const same = merge(found(file('a', 'x:1', { hashes })), found(file('a', 'x:2', later)));
    expect(same).toMatchObject({
      page: { files: [{ url: 'x:1', size: 5, uploadTime: later.uploadTime, yanked: 'bad' }] },
    });
    const other = merge(found(file('a', 'x:1', { hashes })), found(file('a', 'x:2', { ...later, hashes: {} })));
    expect(other).toMatchObject({ page: { files: [file('a', 'x:1', { hashes })] } });
  });

  test('make a project quarantined when any of them says so', () => {
    const active: SourceAnswer = { kind: 'found', page: { name, files: [], status: 'active' } };
    const bad: SourceAnswer = { kind: 'found', page: { name, files: [], status: 'quarantined' } };
    expect(merge(active, bad)).toMatchObject({ page: { status: 'quarantined' } });
  });
});
