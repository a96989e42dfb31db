import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packArguments, releaseArguments } from '../../.release/arguments.ts';
import { notesOf, releasedChangelog, unreleasedVersion } from '../../.release/changelog.ts';
import { editedFiles, withVersion } from '../../.release/edits.ts';
import { packedProblems, publishedParts } from '../../.release/packed-files.ts';
import { problemLines } from '../../.release/problem.ts';
import {
  branchProblems,
  manifestProblems,
  type PublishedManifest,
  publisherProblems,
  treeProblems,
} from '../../.release/readiness.ts';
import { chooseVersion, type VersionFacts } from '../../.release/version.ts';
import { version as currentVersion } from '../../src/version.ts';

const root = path.resolve(import.meta.dirname, '../..');
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const textsOf = (problems: readonly { readonly text: string }[]) => problems.map(({ text }) => text);

describe('the version of a release', () => {
  const facts = (change: Partial<VersionFacts>): VersionFacts => ({
    ...{ asked: undefined, current: '0.1.9', heading: undefined, tags: ['v0.1.8', 'other', 'v0.1.10-rc.1'] },
    ...change,
  });

  test.each<[Partial<VersionFacts>, string]>([
    [{ asked: 'patch' }, '0.1.10'],
    [{ asked: 'minor' }, '0.2.0'],
    [{ asked: 'major' }, '1.0.0'],
    [{ asked: '0.3.0' }, '0.3.0'],
    [{ heading: '0.1.9' }, '0.1.9'],
    [{ asked: 'minor', heading: '0.1.9' }, '0.2.0'],
    [{ asked: '0.10.0', current: '0.9.0', tags: ['v0.9.0'] }, '0.10.0'],
  ])('%j is %s', (change, version) => {
    expect(chooseVersion(facts(change))).toBe(version);
  });

  test.each<[Partial<VersionFacts>, string]>([
    [{}, 'no version'],
    [{ asked: '0.1.8' }, '0.1.8 is not newer than the released 0.1.8'],
    [{ asked: 'patch', tags: ['v0.2.0'] }, '0.1.10 is not newer than the released 0.2.0'],
    [{ asked: '0.1.8', tags: [] }, '0.1.8 is older than 0.1.9, the version in package.json'],
    [{ asked: '0.9.0', current: '0.9.0', tags: ['v0.10.0', 'v0.9.9'] }, 'not newer than the released 0.10.0'],
    [{ asked: 'v0.2.0' }, '`v0.2.0` is not a version of three numbers'],
    [{ asked: '0.2' }, '`0.2` is not a version of three numbers'],
    [{ asked: '0.2.0-rc.1' }, '`0.2.0-rc.1` is not a version of three numbers'],
    [{ asked: '00.2.0' }, '`00.2.0` is not a version of three numbers'],
    [{ asked: '0.2.0\n' }, 'is not a version of three numbers'],
    [{ asked: `0.2.${'9'.repeat(40)}` }, 'is not a version of three numbers'],
  ])('cannot be decided from %j: %s', (change, message) => {
    expect(() => chooseVersion(facts(change))).toThrow(message);
  });
});

describe('the changelog of a release', () => {
  const text = (heading: string, body = '\n### Fixed\n\n- one\n\n') =>
    `# Changelog\n\n## ${heading}\n${body}## 0.1.0 (2026-01-02)\n\n- first\n`;

  test.each(['Unreleased', '0.2.0 (unreleased)'])('has the section `## %s` under its version and date', (heading) => {
    expect(releasedChangelog(text(heading), '0.2.0', '2026-11-30')).toEqual({
      text: text('0.2.0 (2026-11-30)'),
      notes: '### Fixed\n\n- one',
    });
  });

  test('has a heading that may name the version', () => {
    expect(unreleasedVersion(text('0.2.0 (unreleased)'))).toBe('0.2.0');
    expect(unreleasedVersion(text('Unreleased'))).toBeUndefined();
  });

  test.each([
    ['an empty section', text('Unreleased', ''), '`## Unreleased` in CHANGELOG.md is empty'],
    ['a section with headings alone', text('Unreleased', '\n### Fixed\n\n'), 'is empty'],
    ['no unreleased section', text('0.1.9 (2026-02-03)'), 'is not `## Unreleased`'],
    ['an unreleased section below a released one', `${text('0.1.5 (2026-01-03)')}\n## Unreleased\n\n- x\n`, 'is not'],
    ['nothing', '', 'is not `## Unreleased`'],
  ])('is rejected with %s', (_, changelog, message) => {
    expect(() => releasedChangelog(changelog, '0.2.0', '2026-11-30')).toThrow(message);
  });

  test('is rejected if it has the version already', () => {
    expect(() => releasedChangelog(text('Unreleased'), '0.1.0', '2026-11-30')).toThrow(
      'already has a section for 0.1.0',
    );
  });

  test('has the notes of each released version', () => {
    expect(notesOf(text('Unreleased'), '0.1.0')).toBe('- first');
    expect(notesOf(text('Unreleased'), '0.1')).toBeUndefined();
    expect(notesOf(text('0.2.0 (unreleased)'), '0.2.0')).toBeUndefined();
  });
});

describe('the files that name the version', () => {
  const files = Object.fromEntries(editedFiles.map((file) => [file, textOf(file)])) as Parameters<
    typeof withVersion
  >[0];
  const changelog = '# Changelog\n\n## Unreleased\n\n- a change\n';

  test('change in nothing else', () => {
    const { files: released, notes } = withVersion({ ...files, 'CHANGELOG.md': changelog }, '98.7.6', '2026-11-30');
    expect(notes).toBe('- a change');
    const back = (text: string) => text.replaceAll('98.7.6', currentVersion);
    expect(back(released['package.json'])).toBe(files['package.json']);
    expect(back(released['package-lock.json'])).toBe(files['package-lock.json']);
    expect(back(released['src/version.ts'])).toBe(files['src/version.ts']);
    expect(released['package-lock.json'].match(/98\.7\.6/g)).toHaveLength(2);
    expect(released['CHANGELOG.md']).toBe('# Changelog\n\n## 98.7.6 (2026-11-30)\n\n- a change\n');
  });

  test('are rejected if one has no version to change', () => {
    const without = { ...files, 'CHANGELOG.md': changelog, 'src/version.ts': "export const version = read('x');\n" };
    expect(() => withVersion(without, '98.7.6', '2026-11-30')).toThrow('src/version.ts has no');
  });
});

describe('what the publisher fills in', () => {
  const complete: PublishedManifest = {
    ...{ name: 'awspip', version: '1.0.0', homepage: 'https://awspip.test' },
    repository: { url: 'git+https://git.test/awspip.git' },
    bugs: { url: 'https://git.test/awspip/issues' },
  };
  const contact = 'Security contact: security@awspip.test\n';

  test('is complete with a repository, a homepage, an address for bugs and a security contact', () => {
    expect(publisherProblems(complete, contact)).toEqual([]);
    const short = { ...complete, repository: 'https://git.test/awspip', bugs: { email: 'bugs@awspip.test' } };
    expect(publisherProblems(short, contact)).toEqual([]);
  });

  test.each<[string, Partial<Record<keyof PublishedManifest, unknown>>, string, string]>([
    ['no repository', { repository: undefined }, contact, '`repository` is missing'],
    ['a repository without URL', { repository: {} }, contact, '`repository` is missing'],
    ['an empty homepage', { homepage: ' ' }, contact, '`homepage` is missing'],
    ['a homepage of an example', { homepage: 'https://example.com/x' }, contact, '`homepage` is missing'],
    ['a placeholder', { bugs: 'https://git.test/<owner>/awspip' }, contact, '`bugs` is missing'],
    ['no contact', {}, '', 'the security contact is missing'],
    ['a contact that is not there yet', {}, 'Security contact: none yet.\n', 'the security contact is missing'],
  ])('is missing: %s', (_, change, security, message) => {
    const problems = publisherProblems({ ...complete, ...change } as PublishedManifest, security);
    expect(textsOf(problems)).toEqual([expect.stringContaining(message)]);
    expect(problems[0]?.hint).toContain('CONTRIBUTING.md');
  });
});

test('SECURITY.md has a line for the security contact', () => {
  expect(textOf('SECURITY.md')).toMatch(/^Security contact: \S/m);
});

test('a package may neither run scripts when it is installed nor install others', () => {
  const scripts = { postinstall: 'node x', prepare: 'node y', prepack: 'npm run build' };
  const manifest = { name: 'awspip', version: '1.0.0', scripts, dependencies: { left: '1' }, peerDependencies: {} };
  expect(textsOf(manifestProblems(manifest))).toEqual([
    'package.json: the script `postinstall` would run when awspip is installed',
    'package.json: the script `prepare` would run when awspip is installed',
    'package.json: `dependencies` has left',
  ]);
});

test('only a clean main is released', () => {
  expect([...branchProblems('main'), ...treeProblems('')]).toEqual([]);
  expect(textsOf(branchProblems('feature'))).toEqual(['the branch is `feature`, not `main`']);
  const many = Array.from({ length: 9 }, (_, at) => `?? file-${at}`);
  expect(textsOf(treeProblems(` M a.ts\n${many.join('\n')}`))).toEqual([
    'not committed: a.ts, file-0, file-1, file-2, file-3, …',
  ]);
});

describe('the files of the package', () => {
  const good = ['package.json', 'bin/awspip.js', 'bin/package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'].concat(
    ...[
      'THIRD-PARTY-NOTICES.txt',
      'dist/main.js',
      'dist/start.cjs',
      'dist/chunks/a-X1234567.js',
      'README.ko.md',
      'dist/sbom.cdx.json',
    ],
  );

  test('are those that package.json declares', () => {
    const { files } = JSON.parse(textOf('package.json')) as { files: string[] };
    expect(packedProblems(good, files)).toEqual([]);
    expect(files.toSorted()).toEqual(publishedParts.toSorted());
  });

  test.each([
    ...['src/main.ts', 'distribution/x.js', 'dist/main.js.map', 'dist/chunks/a.js', 'dist/chunks/level-AAAAAAAA.node'],
    ...['dist/.npmrc', 'dist/node_modules/left/index.js', 'bin/id.pem', 'README.md~', 'package.json.orig'],
  ])('contain no %s', (file) => {
    expect(textsOf(packedProblems([...good, file]))).toEqual([
      `the package contains ${file}, which is not on the list`,
    ]);
  });

  test.each(['dist/main.js', 'dist/sbom.cdx.json', 'LICENSE', 'THIRD-PARTY-NOTICES.txt'])('contain %s', (file) => {
    expect(textsOf(packedProblems(good.filter((one) => one !== file)))).toEqual([
      `the package does not contain ${file}`,
    ]);
  });

  test('do not become more by an entry in package.json alone', () => {
    expect(textsOf(packedProblems(good, [...publishedParts, 'src']))).toEqual(['package.json: `files` has src']);
  });
});

describe('the command line of a release', () => {
  test.each([
    [[], { asked: undefined, dryRun: false, skipCheck: false, publish: false }],
    [['minor', '--dry-run'], { asked: 'minor', dryRun: true, skipCheck: false, publish: false }],
    [['--version', '1.2.3', '--publish'], { asked: '1.2.3', dryRun: false, skipCheck: false, publish: true }],
    [['--dry-run', '--skip-check'], { asked: undefined, dryRun: true, skipCheck: true, publish: false }],
  ])('%j', (argv, expected) => {
    expect(releaseArguments(argv)).toEqual(expected);
  });

  test.each([
    [['--skip-check'], '`--skip-check` works only with `--dry-run`'],
    [['--publish', '--dry-run'], 'contradict'],
    [['minor', '--version=1.2.3'], 'one version at most'],
    [['minor', 'major'], 'one version at most'],
    [['--nothing'], "Unknown option '--nothing'"],
  ])('%j is rejected', (argv, message) => {
    expect(() => releaseArguments(argv)).toThrow(message);
  });

  test('of a package names the tag', () => {
    expect(packArguments(['--tag', 'v1.2.3'])).toEqual({ tag: 'v1.2.3' });
    expect(() => packArguments([])).toThrow('`--tag` is missing');
  });
});

test('each hint is printed once, below all problems', () => {
  const hint = 'do it';
  expect(problemLines([{ text: 'one', hint }, { text: 'two', hint }, { text: 'three' }])).toEqual([
    ...['one', 'two', 'three', '', 'hint: do it'],
  ]);
});
