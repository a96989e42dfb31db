import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../.release/context.ts';
import { editedFiles } from '../../.release/edits.ts';
import { packTag, release } from '../../.release/release.ts';
import { runCommand } from '../../.release/run-command.ts';
import { version } from '../../src/version.ts';

const root = path.resolve(import.meta.dirname, '../..');
const temporary = mkdtempSync(path.join(os.tmpdir(), 'awspip-release-test-'));
afterAll(() => rmSync(temporary, { recursive: true }));

const git = (folder: string, ...argv: string[]): string =>
  execFileSync('git', argv, { cwd: folder, encoding: 'utf8' }).trim();

/** Makes a folder a repository with one commit on main. */
function initialise(folder: string): void {
  git(folder, 'init', '--quiet', '--initial-branch=main');
  for (const [name, value] of [
    ['user.name', 'Ada'],
    ['user.email', 'ada@awspip.test'],
    ['commit.gpgSign', 'false'],
    ['tag.gpgSign', 'false'],
  ] as const) {
    git(folder, 'config', name, value);
  }
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message=first');
}

/** Everything in a repository that a release may change. */
const stateOf = (folder: string) => ({
  head: git(folder, 'rev-parse', 'HEAD'),
  tags: git(folder, 'tag', '--list'),
  status: git(folder, 'status', '--porcelain'),
  text: [...editedFiles, 'README.md'].map((file) => readFileSync(path.join(folder, file), 'utf8')),
});

const contextOf = (folder: string, run = runCommand): Context & { readonly said: string[] } => {
  const said: string[] = [];
  return { folder, run, say: (line) => said.push(line), today: '2026-11-30', said };
};

describe('a small project with the files of awspip', () => {
  const files: Readonly<Record<string, string>> = {
    'package.json': `${JSON.stringify({
      ...{ name: 'awspip', version: '0.1.0', homepage: 'https://awspip.test', bugs: 'https://awspip.test/bugs' },
      repository: { url: 'git+https://git.test/awspip.git' },
      files: ['bin', 'dist', 'CHANGELOG.md', 'LICENSE', 'THIRD-PARTY-NOTICES.txt'],
    })}\n`,
    'package-lock.json': '{"version":"0.1.0","packages":{"":{"version":"0.1.0"}}}',
    'src/version.ts': "export const version = '0.1.0';\n",
    'bin/awspip.js': 'start();\n',
    'CHANGELOG.md': '# Changelog\n\n## Unreleased\n\n### Fixed\n\n- a fault\n',
    'SECURITY.md': 'Security contact: security@awspip.test\n',
    'README.md': '# awspip\n',
    LICENSE: 'Apache-2.0\n',
    '.gitignore': 'dist/\n.build/out/\nTHIRD-PARTY-NOTICES.txt\nnode_modules/\n',
  };

  /** Runs git and `npm pack`. The build of this project is three files, and its checks pass. */
  const run: Context['run'] = async (command, argv, options) => {
    if (command === 'git' || argv[0] === 'pack') return runCommand(command, argv, options);
    if (argv[1] === 'build') {
      mkdirSync(path.join(options.cwd, 'dist'), { recursive: true });
      for (const file of ['dist/start.cjs', 'dist/main.js', 'dist/sbom.cdx.json', 'THIRD-PARTY-NOTICES.txt']) {
        writeFileSync(path.join(options.cwd, file), file);
      }
    }
    return '';
  };
  const failingAt =
    (place: string): Context['run'] =>
    (command, argv, options) =>
      argv.join(' ').startsWith(place) ? Promise.reject(new Error(`${place} failed`)) : run(command, argv, options);
  let folder: string;
  let origin: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(temporary, 'project-'));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    initialise(folder);
    origin = mkdtempSync(path.join(temporary, 'origin-'));
    git(origin, 'init', '--quiet', '--bare', '--initial-branch=main');
    git(folder, 'remote', 'add', 'origin', origin);
  });

  test('is committed and tagged with its notes, and pushed only with --publish', async () => {
    const context = contextOf(folder, run);
    await release(['minor'], context);
    expect(git(folder, 'log', '-1', '--format=%s', '--name-only').split('\n').toSorted()).toEqual(
      ['Release 0.2.0', '', 'CHANGELOG.md', 'package-lock.json', 'package.json', 'src/version.ts'].toSorted(),
    );
    expect(git(folder, 'cat-file', '-t', 'v0.2.0')).toBe('tag');
    expect(git(folder, 'tag', '--list', '--format=%(contents)', 'v0.2.0')).toBe(
      'awspip 0.2.0\n\n### Fixed\n\n- a fault',
    );
    expect(git(folder, 'status', '--porcelain')).toBe('');
    expect(git(origin, 'tag', '--list')).toBe('');

    const output = path.join(folder, '.build/out/release');
    expect(readdirSync(output).toSorted()).toEqual([
      ...['SHA256SUMS', 'awspip-0.2.0.cdx.json', 'awspip-0.2.0.tgz', 'notes.md'],
    ]);
    const digests = readFileSync(path.join(output, 'SHA256SUMS'), 'utf8');
    expect(context.said).toContain(`  SHA-256  ${digests.split('\n')[0]}`);
    for (const [, digest, file = ''] of digests.matchAll(/^(\w{64}) {2}(\S+)$/gm)) {
      expect(
        createHash('sha256')
          .update(readFileSync(path.join(output, file)))
          .digest('hex'),
      ).toBe(digest);
    }

    // What the workflow packs from the tag is the same file.
    await packTag(['--tag', 'v0.2.0'], contextOf(folder, run));
    expect(readFileSync(path.join(output, 'SHA256SUMS'), 'utf8')).toBe(digests);
    expect(readFileSync(path.join(output, 'notes.md'), 'utf8')).toBe('### Fixed\n\n- a fault\n');
    await expect(packTag(['--tag', 'v0.3.0'], contextOf(folder, run))).rejects.toThrow('package.json has 0.2.0');

    writeFileSync(path.join(folder, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n- more\n');
    git(folder, 'commit', '--quiet', '--all', '--message=more');
    await release(['patch', '--publish'], contextOf(folder, run));
    expect(git(origin, 'tag', '--list')).toBe('v0.2.1');
    expect(git(origin, 'rev-parse', 'main')).toBe(git(folder, 'rev-parse', 'HEAD'));
  });

  test.each(['pack', 'commit', 'tag --annotate'])('is as it was if %s fails', async (place) => {
    const before = stateOf(folder);
    await expect(release(['minor'], contextOf(folder, failingAt(place)))).rejects.toThrow(`${place} failed`);
    expect(stateOf(folder)).toEqual(before);
  });

  test('is not released with other changes, without checks that pass, or with a file too many', async () => {
    writeFileSync(path.join(folder, 'README.md'), 'changed');
    await expect(release(['minor'], contextOf(folder, run))).rejects.toThrow('not committed: README.md');
    git(folder, 'checkout', '--quiet', 'README.md');
    await expect(release(['minor'], contextOf(folder, failingAt('run check')))).rejects.toThrow('run check failed');

    writeFileSync(path.join(folder, 'bin/main.js.map'), '{}');
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '--message=map');
    const before = stateOf(folder);
    await expect(release(['minor'], contextOf(folder, run))).rejects.toThrow('the package contains bin/main.js.map');
    expect(stateOf(folder)).toEqual(before);
  });
});

test('a dry run of awspip itself takes every step in a copy and changes nothing', async () => {
  const folder = path.join(temporary, 'awspip');
  const parts = ['.build', '.build.mjs', '.gitignore', '.npmrc', 'bin', 'src', 'package.json', 'package-lock.json'];
  for (const part of [...parts, 'CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md']) {
    const isSource = (file: string) => !file.startsWith(path.join(root, '.build/out'));
    cpSync(path.join(root, part), path.join(folder, part), { recursive: true, filter: isSource });
  }
  initialise(folder);
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  writeFileSync(path.join(folder, '.git/info/exclude'), 'node_modules\n');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const next = `${major}.${minor + 1}.0`;
  writeFileSync(path.join(folder, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n- a change\n');
  git(folder, 'commit', '--quiet', '--all', '--message=changes');
  const before = stateOf(folder);
  const folders = new Set<string>();
  const context = contextOf(folder, (command, argv, options) => {
    folders.add(options.cwd);
    return runCommand(command, argv, options);
  });

  await release(['minor', '--dry-run', '--skip-check'], context);

  expect(stateOf(folder)).toEqual(before);
  expect([...folders].filter((used) => existsSync(used))).toEqual([folder]);
  expect(folders.size).toBe(2);
  const text = context.said.join('\n');
  expect(text).toContain(`wrote ${next} to src/version.ts`);
  expect(text).toMatch(new RegExp(`SHA-512 {2}[0-9a-f]{128} {2}awspip-${next.replaceAll('.', '\\.')}\\.tgz`));
  expect(text).toContain('- a change');
  expect(text).toContain(`tagged v${next}`);
  expect(text).toContain(`next: git push --atomic origin main v${next}`);
  // No file of the package is one too many or missing.
  expect(text).not.toMatch(/the package (?:contains|does not contain)/);
});
