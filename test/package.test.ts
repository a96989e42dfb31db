import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readMetafile } from './helpers/bundle.ts';

const root = path.resolve(import.meta.dirname, '..');
const temporary = mkdtempSync(path.join(os.tmpdir(), 'awspip-package-'));
afterAll(() => rmSync(temporary, { recursive: true }));

type Manifest = {
  name?: string;
  version?: string;
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
  allowScripts?: Record<string, boolean>;
};
const manifestOf = (folder: string) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;

const manifestBelow = (folder: string) =>
  existsSync(path.join(folder, 'package.json')) ? manifestOf(folder) : undefined;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

test('nothing else is installed: everything is bundled', () => {
  const { dependencies, scripts: _, ...manifest } = manifestOf(root);
  expect(dependencies).toBeUndefined();
  expect(Object.keys(manifest).filter((key) => /optionalDependencies|peerDependencies|bundle/i.test(key))).toEqual([]);
});

type Packed = { readonly tarball: string; readonly files: readonly string[]; readonly size: number };
let lastPacked: Packed | undefined;

/** What `npm pack` makes of the last build. Its own build is left out: other tests run what is in dist. */
function packed(): Packed {
  if (lastPacked !== undefined) return lastPacked;
  const options = ['--json', '--ignore-scripts', '--loglevel=error', `--pack-destination=${temporary}`];
  const [found] = JSON.parse(execFileSync('npm', ['pack', ...options], { cwd: root, encoding: 'utf8' })) as [
    { filename: string; unpackedSize: number; files: { path: string }[] },
  ];
  const tarball = path.join(temporary, found.filename);
  lastPacked = { tarball, files: found.files.map((file) => file.path), size: found.unpackedSize };
  return lastPacked;
}

/** What may be published. A chunk has the name of its module and a hash. */
const publishable = [
  /^(CHANGELOG\.md|LICENSE|README(\.ko)?\.md|THIRD-PARTY-NOTICES\.txt|package\.json)$/,
  /^bin\/(awspip\.js|package\.json)$/,
  /^dist\/(main\.js|start\.cjs|inspect-worker\.js|report-schema\.json|python\/launch\.py)$/,
  /^dist\/chunks\/[\w.-]+-[A-Z0-9]{8}\.js$/,
];

test('what is published: the program, its documents and the notices of what it bundles, complete', () => {
  const built = filesBelow(path.join(root, 'dist')).map((file) => path.relative(root, file));
  const { files } = packed();
  expect(files.filter((file) => !publishable.some((pattern) => pattern.test(file)))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining([...built, 'bin/awspip.js', 'LICENSE', 'THIRD-PARTY-NOTICES.txt']));
});

test('what is published is small, and docs/performance.md says how small', () => {
  const { files, size } = packed();
  expect(files.length).toBeLessThanOrEqual(300);
  expect(size).toBeLessThanOrEqual(6e6);
  const said = /installs ([\d.]+) MB in (\d+) files/.exec(readFileSync(path.join(root, 'docs/performance.md'), 'utf8'));
  expect(Math.abs(Number(said?.[1]) - size / 1e6)).toBeLessThanOrEqual(0.4);
  expect(Math.abs(Number(said?.[2]) - files.length)).toBeLessThanOrEqual(25);
});

test('a command without index needs no file but the start and the launcher of Python', () => {
  const folder = path.join(temporary, 'start');
  for (const part of ['package.json', 'bin', 'dist/start.cjs', 'dist/python']) {
    cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
  }
  const awspip = (...argv: string[]) =>
    spawnSync(process.execPath, [path.join(folder, 'bin/awspip.js'), ...argv], { encoding: 'utf8' });
  expect(awspip('list', '--format=json').stdout).toMatch(/^\[\{"name": /);
  expect(awspip('list', '--no-such-option').status).toBe(2);
  expect(awspip('install', 'anything').stderr).toContain('main.js');
});

test('every package with code in dist has a notice', () => {
  const folders = Object.values(readMetafile().outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([file, { bytesInOutput }]) => file.includes('node_modules/') && bytesInOutput > 0)
    .map(([file]) => {
      let folder = path.dirname(path.join(root, file));
      while (manifestBelow(folder)?.version === undefined) folder = path.dirname(folder);
      return folder;
    });
  const bundled = [...new Set(folders)].map(manifestOf).map(({ name, version }) => `${name} ${version}`);
  const notices = readFileSync(path.join(root, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  const listed = [...notices.matchAll(/^(\S+ \d\S*) \(\S.*\)$/gm)].map(([, title]) => title);
  expect(bundled.length).toBeGreaterThan(50);
  expect(listed.toSorted()).toEqual([...new Set(bundled)].toSorted());
});

test('what is published runs no script when it is installed', () => {
  const text = execFileSync('tar', ['-xzOf', packed().tarball, 'package/package.json'], { encoding: 'utf8' });
  const { scripts = {} } = JSON.parse(text) as Manifest;
  // What npm runs, or asks whether it may run, for a package from a registry, a tarball, git or a folder.
  const atInstall = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare'];
  expect(Object.keys(scripts).filter((name) => atInstall.includes(name))).toEqual([]);
});

const lockFile = readFileSync(path.join(root, 'package-lock.json'), 'utf8');

// The interpreter of state machines asks for Node 22, whose `Promise.withResolvers` awspip brings for Node 20. npm has
// no setting for that: the lock file leaves out that package's `engines`. Whoever locks it again removes them again.
test('npm install in a checkout prints no warning', () => {
  const options = ['--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=warn'];
  const { status, stdout, stderr } = spawnSync('npm', ['install', ...options], { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('up to date');
});

test('the project decides about the install script of every package in a checkout', () => {
  const { packages } = JSON.parse(lockFile) as { packages: Record<string, { hasInstallScript?: boolean }> };
  const withScript = Object.entries(packages).flatMap(([folder, { hasInstallScript }]) =>
    folder !== '' && hasInstallScript
      ? [folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)]
      : [],
  );
  expect(Object.keys(manifestOf(root).allowScripts ?? {}).toSorted()).toEqual([...new Set(withScript)].toSorted());
});

test('the lock file names no registry', () => {
  expect(lockFile).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/);
});
