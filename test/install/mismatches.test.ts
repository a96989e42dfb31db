import { describe, expect, test } from 'vitest';
import type { ProjectName, ProjectPage } from '../../src/index/types.ts';
import { findMismatches, unrequestedProjects } from '../../src/install/mismatches.ts';
import { readInstallationReport, readInstalled } from '../../src/pip/installed-release.ts';

const sha256 = 'ab'.repeat(32);
const name = 'alpha' as ProjectName;
const page = {
  name,
  files: [{ filename: 'alpha-1.0-py3-none-any.whl', url: 'https://repository/x', hashes: { sha256 } }],
} as unknown as ProjectPage;
const pages = new Map([[name, { status: 200, page }]]);
const address = `http://0123abcd.secure-pypi.invalid/files/${sha256.slice(0, 16)}/alpha-1.0-py3-none-any.whl`;

type Info = Record<string, unknown>;
const report = (download_info: Info, metadata = { name: 'Alpha', version: '1.0' }) =>
  JSON.stringify({ version: '1', install: [{ download_info, metadata, is_direct: false }] });

const compare = (text: string, allowed = false) =>
  findMismatches(
    (readInstallationReport(text) ?? []).map((item) => ({ ...item, allowed })),
    { pages },
  );

describe('a release in the installation report', () => {
  test.each<[string, Info]>([
    ['by its digest', { url: address, archive_info: { hashes: { sha256 } } }],
    [
      'by the digest in the format of older pips',
      { url: address, archive_info: { hash: `sha256=${sha256.toUpperCase()}` } },
    ],
    ['without a digest, by the path of the relay', { url: address, archive_info: {} }],
    ['from a local file with the vetted digest', { url: 'file:///x.whl', archive_info: { hashes: { sha256 } } }],
    [
      'with the repository’s own address in the report',
      { url: 'https://repository/x', archive_info: { hashes: { sha256 } } },
    ],
  ])('matches %s', (_description, info) => {
    expect(compare(report(info))).toEqual([]);
  });

  const otherDigest = 'cd'.repeat(32);
  test.each<[string, Info, string]>([
    ['other bytes', { url: address, archive_info: { hashes: { sha256: otherDigest } } }, 'no such file'],
    ['another path of the relay', { url: address.replace(/ab/g, 'cd'), archive_info: {} }, 'no such file'],
    ['no digest at all', { url: 'https://elsewhere/alpha-1.0.tar.gz', archive_info: {} }, 'no such file'],
    ['a local file', { url: 'file:///x.whl', archive_info: { hashes: { sha256: otherDigest } } }, 'unknown origin'],
    [
      'a local file with a path like the relay’s',
      { url: `file:///files/${sha256.slice(0, 16)}/x.whl`, archive_info: {} },
      'unknown origin',
    ],
    [
      'a path like the relay’s on another host',
      { url: address.replace('.invalid', '.example'), archive_info: {} },
      'no such file',
    ],
    ['a folder', { url: 'file:///elsewhere', dir_info: { editable: true } }, 'outside this project'],
    ['a checkout', { url: 'https://host/x.git', vcs_info: { vcs: 'git', commit_id: 'x' } }, 'version control'],
    ['an unreadable address', { url: 7 }, 'no such file'],
  ])('from %s is a mismatch unless it is allowed', (_from, info, why) => {
    const [mismatch, ...rest] = compare(report(info));
    expect(rest).toEqual([]);
    expect(mismatch).toMatchObject({ name, version: '1.0', reason: expect.stringContaining(why) });
    expect(compare(report(info), true)).toEqual([]);
  });

  test('without a requested page is a mismatch', () => {
    const info = { url: address, archive_info: { hashes: { sha256 } } };
    expect(compare(report(info, { name: 'beta', version: '1.0' }))).toMatchObject([{ name: 'beta' }]);
    expect(compare(report(info, { name: '../x', version: '1.0' }))).toHaveLength(1);
  });

  test('is reported without credentials', () => {
    const [installed] = readInstallationReport(report({ url: 'https://me:secret@host/' })) ?? [];
    expect(installed?.file).not.toContain('secret');
  });

  test.each(['', '{', 'null', '{"install": 3}', '{"install": [{}]}', `${'['.repeat(10_000)}`])(
    'is undefined when the text is not a report: %.20s',
    (text) => {
      expect(readInstallationReport(text)).toBeUndefined();
    },
  );
});

describe('an installed release without an installation report', () => {
  const compareInstalled = (version: string, directUrl?: string) =>
    findMismatches([{ ...readInstalled({ name: 'alpha', version }, directUrl), allowed: false }], { pages });

  test('matches by its version in any spelling', () => {
    expect(compareInstalled('1.0')).toEqual([]);
    expect(compareInstalled('1.0.0')).toEqual([]);
    expect(compareInstalled('1.0', 'broken')).toEqual([]);
  });

  test('is a mismatch as another release or with another origin (PEP 610)', () => {
    expect(compareInstalled('99.0')).toMatchObject([
      { file: 'alpha 99.0', reason: expect.stringContaining('no such release') },
    ]);
    const direct = JSON.stringify({ url: 'file:///evil/alpha-1.0-py3-none-any.whl', archive_info: {} });
    expect(compareInstalled('1.0', direct)).toMatchObject([{ file: 'alpha-1.0-py3-none-any.whl' }]);
  });

  test('has an origin with its subdirectory, unless that leaves the root', () => {
    const from = (info: Info) => readInstallationReport(report(info))?.[0]?.from;
    const folderOrigin = (subdirectory?: string) => from({ url: 'file:///a%20b', dir_info: {}, subdirectory });
    expect(folderOrigin()).toEqual({ kind: 'folder', path: '/a b' });
    expect(folderOrigin('python')).toEqual({ kind: 'folder', path: '/a b/python' });
    expect(folderOrigin('../elsewhere')).toEqual({ kind: 'folder', path: undefined });
    expect(folderOrigin('/elsewhere')).toEqual({ kind: 'folder', path: undefined });
    const repository = { url: 'https://git.example/x', vcs_info: { vcs: 'git' }, subdirectory: '/elsewhere' };
    expect(from(repository)).toEqual({
      kind: 'repository',
      url: 'git+https://git.example/x#subdirectory=/elsewhere',
    });
  });
});

describe('a release from the cache of pip', () => {
  const cachedReleases = (info: Info, allowed = false) =>
    (readInstallationReport(report(info, { name: 'beta', version: '1.0' })) ?? []).map((item) => ({
      ...item,
      allowed,
    }));
  const file = { url: 'http://0123abcd.secure-pypi.invalid/files/00/beta-1.0.tar.gz', archive_info: {} };

  test('is looked up in the repository if it comes from an index', () => {
    expect(unrequestedProjects(cachedReleases(file), { pages })).toEqual(['beta']);
    expect(
      unrequestedProjects(cachedReleases(file), { pages: new Map([['beta' as ProjectName, { status: 404 }]]) }),
    ).toEqual([]);
    for (const info of [
      { url: 'file:///beta', dir_info: {} },
      { url: 'https://h/beta', vcs_info: { vcs: 'git' } },
    ])
      expect(unrequestedProjects(cachedReleases(info), { pages })).toEqual([]);
    expect(unrequestedProjects(cachedReleases(file, true), { pages })).toEqual([]);
  });

  test.each([
    [404, 'no such project'],
    [503, 'did not answer'],
  ])('is a mismatch with a reason where the repository answers %i', (status, why) => {
    const observed = { pages: new Map([['beta' as ProjectName, { status }]]) };
    expect(findMismatches(cachedReleases(file), observed)).toMatchObject([{ reason: expect.stringContaining(why) }]);
  });
});
