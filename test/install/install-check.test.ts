import { describe, expect, test } from 'vitest';
import type { ProjectName, ProjectPage } from '../../src/index/types.ts';
import { unrequested, unvetted } from '../../src/install/install-check.ts';
import { readInstallationReport, readInstalled } from '../../src/pip/installed-files.ts';

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
  unvetted(
    (readInstallationReport(text) ?? []).map((item) => ({ ...item, allowed })),
    { pages },
  );

describe('what pip says it installed', () => {
  test.each<[string, Info]>([
    ['by its digest', { url: address, archive_info: { hashes: { sha256 } } }],
    [
      'by the digest as older pips write it',
      { url: address, archive_info: { hash: `sha256=${sha256.toUpperCase()}` } },
    ],
    ['without a digest, by the path of the relay', { url: address, archive_info: {} }],
    [
      'from a file that is the very one that was vetted',
      { url: 'file:///x.whl', archive_info: { hashes: { sha256 } } },
    ],
    [
      'after somebody wrote the repository’s own address into the report',
      { url: 'https://repository/x', archive_info: { hashes: { sha256 } } },
    ],
  ])('is known %s', (_how, info) => {
    expect(compare(report(info))).toEqual([]);
  });

  const other = 'cd'.repeat(32);
  test.each<[string, Info, string]>([
    ['other bytes', { url: address, archive_info: { hashes: { sha256: other } } }, 'no such file'],
    ['another path of the relay', { url: address.replace(/ab/g, 'cd'), archive_info: {} }, 'no such file'],
    ['no digest at all', { url: 'https://elsewhere/alpha-1.0.tar.gz', archive_info: {} }, 'no such file'],
    ['a local file', { url: 'file:///x.whl', archive_info: { hashes: { sha256: other } } }, 'unknown origin'],
    [
      'a local file whose path looks like the relay’s',
      { url: `file:///files/${sha256.slice(0, 16)}/x.whl`, archive_info: {} },
      'unknown origin',
    ],
    [
      'a path like the relay’s elsewhere',
      { url: address.replace('.invalid', '.example'), archive_info: {} },
      'no such file',
    ],
    ['a folder', { url: 'file:///elsewhere', dir_info: { editable: true } }, 'outside this project'],
    ['a checkout', { url: 'https://host/x.git', vcs_info: { vcs: 'git', commit_id: 'x' } }, 'version control'],
    ['nothing that can be read', { url: 7 }, 'no such file'],
  ])('from %s is a mismatch that names the file; not if it is admitted', (_from, info, why) => {
    const [mismatch, ...rest] = compare(report(info));
    expect(rest).toEqual([]);
    expect(mismatch).toMatchObject({ name, version: '1.0', why: expect.stringContaining(why) });
    expect(compare(report(info), true)).toEqual([]);
  });

  test('that nobody asked the repository for is a mismatch', () => {
    const info = { url: address, archive_info: { hashes: { sha256 } } };
    expect(compare(report(info, { name: 'beta', version: '1.0' }))).toMatchObject([{ name: 'beta' }]);
    expect(compare(report(info, { name: '../x', version: '1.0' }))).toHaveLength(1);
  });

  test('shows no credentials', () => {
    const [installed] = readInstallationReport(report({ url: 'https://me:secret@host/' })) ?? [];
    expect(installed?.file).not.toContain('secret');
  });

  test.each(['', '{', 'null', '{"install": 3}', '{"install": [{}]}', `${'['.repeat(10_000)}`])(
    'is unknown when it is no report: %.20s',
    (text) => {
      expect(readInstallationReport(text)).toBeUndefined();
    },
  );
});

describe('what lies in place after a pip that writes no report', () => {
  const found = (version: string, directUrl?: string) =>
    unvetted([{ ...readInstalled({ name: 'alpha', version }, directUrl), allowed: false }], { pages });

  test('is known by its release, however the version is spelled', () => {
    expect(found('1.0')).toEqual([]);
    expect(found('1.0.0')).toEqual([]);
    expect(found('1.0', 'broken')).toEqual([]);
  });

  test('is a mismatch as another release, or with a word of another origin (PEP 610)', () => {
    expect(found('99.0')).toMatchObject([{ file: 'alpha 99.0', why: expect.stringContaining('no such release') }]);
    const direct = JSON.stringify({ url: 'file:///evil/alpha-1.0-py3-none-any.whl', archive_info: {} });
    expect(found('1.0', direct)).toMatchObject([{ file: 'alpha-1.0-py3-none-any.whl' }]);
  });

  test('where it lies is said with the subdirectory; one that leads out of its root is nowhere', () => {
    const from = (info: Info) => readInstallationReport(report(info))?.[0]?.from;
    const folder = (subdirectory?: string) => from({ url: 'file:///a%20b', dir_info: {}, subdirectory });
    expect(folder()).toEqual({ kind: 'folder', path: '/a b' });
    expect(folder('python')).toEqual({ kind: 'folder', path: '/a b/python' });
    expect(folder('../elsewhere')).toEqual({ kind: 'folder', path: undefined });
    expect(folder('/elsewhere')).toEqual({ kind: 'folder', path: undefined });
    const repository = { url: 'https://git.example/x', vcs_info: { vcs: 'git' }, subdirectory: '/elsewhere' };
    expect(from(repository)).toEqual({
      kind: 'repository',
      address: 'git+https://git.example/x#subdirectory=/elsewhere',
    });
  });
});

describe('what pip had from its cache', () => {
  const cached = (info: Info, allowed = false) =>
    (readInstallationReport(report(info, { name: 'beta', version: '1.0' })) ?? []).map((item) => ({
      ...item,
      allowed,
    }));
  const file = { url: 'http://0123abcd.secure-pypi.invalid/files/00/beta-1.0.tar.gz', archive_info: {} };

  test('is asked of the repository before it counts as unvetted; what comes from no index is not', () => {
    expect(unrequested(cached(file), { pages })).toEqual(['beta']);
    expect(unrequested(cached(file), { pages: new Map([['beta' as ProjectName, { status: 404 }]]) })).toEqual([]);
    for (const info of [
      { url: 'file:///beta', dir_info: {} },
      { url: 'https://h/beta', vcs_info: { vcs: 'git' } },
    ])
      expect(unrequested(cached(info), { pages })).toEqual([]);
    expect(unrequested(cached(file, true), { pages })).toEqual([]);
  });

  test.each([
    [404, 'no such project'],
    [503, 'could not be asked'],
  ])('is a mismatch where the repository answers %i, and the reason is told', (status, why) => {
    const asked = { pages: new Map([['beta' as ProjectName, { status }]]) };
    expect(unvetted(cached(file), asked)).toMatchObject([{ why: expect.stringContaining(why) }]);
  });
});
