import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findUserAgent, sendUserAgent } from '../../src/pip/known-user-agent.ts';
import { environmentFromUserAgent, pipVersionFromUserAgent } from '../../src/pip/user-agent.ts';
import { bin, type Sandbox, sandbox, startNode } from '../helpers/awspip.ts';
import { type Distribution, sdist, wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

/** A pip to test awspip with. */
export type Pip = { readonly pip: string; readonly python: string; readonly from: string };

/**
 * Publishes the projects of all pips. `publishTree` publishes new ones for each pip, so that each finds them missing
 * first.
 */
async function publish(packageIndex: PackageIndex): Promise<{ readonly known: Distribution }> {
  const known = wheel({ name: 'known', version: '1.0' });
  packageIndex.publish('known', '0.9', wheel({ name: 'known', version: '0.9' }));
  packageIndex.publish('known', '1.0', known);
  packageIndex.publish('sourced', '1.0', await sdist({ name: 'sourced', version: '1.0', requires: ['known'] }));
  packageIndex.publish('pinned', '1.0', wheel({ name: 'pinned', version: '1.0', requires: ['known==0.9'] }));
  return { known };
}

function publishTree(packageIndex: PackageIndex, name: string): void {
  const needs = [`${name}-part>=1`, 'known; python_version >= "3"', `${name}-windows; sys_platform == "win32"`];
  packageIndex.publish(name, '1.0', wheel({ name, version: '1.0', requires: needs }));
  for (const version of ['1.0', '2.0']) {
    packageIndex.publish(`${name}-part`, version, wheel({ name: `${name}-part`, version }));
  }
}

/** Returns pip's version as a number: 23.03 for 23.3. */
function versionOf({ pip }: Pip): number {
  const [year = 0, release = 0] = pip.split('.').map((part) => Number.parseInt(part, 10));
  return year + release / 100;
}

/**
 * Tests the verbs, the forms of requirements, and the install targets with every pip. `brief` skips what other tests
 * cover with one pip.
 */
export function pipSuite(pips: readonly Pip[], { brief = false } = {}): void {
  const fullTest = test.skipIf(brief);
  let packageIndex: PackageIndex;
  let user: Sandbox;
  let known: Distribution;
  beforeAll(async () => {
    packageIndex = await startPackageIndex();
    ({ known } = await publish(packageIndex));
    user = await sandbox({ ...packageIndex.environment, PIP_NO_INPUT: '1' });
  });
  afterAll(async () => {
    await user.remove();
    await packageIndex.close();
  });

  describe.each(pips.map((pip, index) => ({ ...pip, at: index })))('with $pip on $from', (pip) => {
    const fromVersion = (version: number) => test.skipIf(versionOf(pip) < version);
    const prefix = `p${pip.at}`;
    const pathOf = (...parts: readonly string[]) => user.path(prefix, ...parts);
    const extra = { AWSPIP_PYTHON: pip.python };
    const run = (...argv: readonly string[]) => user.run(argv, extra);
    const install = (...argv: readonly string[]) => user.install(argv, extra);
    const file = async (name: string, text: string) => {
      await mkdir(pathOf(), { recursive: true });
      await writeFile(pathOf(name), text);
      return pathOf(name);
    };

    test('a dependency tree from a file, with constraints, is vetted in two runs of pip, then installs in one', async () => {
      publishTree(packageIndex, `tree-${prefix}`);
      const nested = await file('nested.txt', 'pinned\n');
      const wanted = await file('wanted.txt', `tree-${prefix}  # the whole of it\n-r ${nested}\n`);
      const constraints = await file('bounds.txt', `tree-${prefix}-part<2\n`);
      const first = await install('--target', pathOf('tree'), '-r', wanted, '-c', constraints);
      expect(first).toMatchObject({ exitCode: 0, report: { pipRuns: 2 } });
      const module = `tree_${prefix}_part`;
      expect(await readFile(pathOf('tree', module, '__init__.py'), 'utf8')).toContain('1.0');
      expect(await readFile(pathOf('tree', 'known', '__init__.py'), 'utf8')).toContain('0.9');
      const second = await install('--target', pathOf('again'), '-r', wanted, '-c', constraints);
      expect(second).toMatchObject({ exitCode: 0, report: { pipRuns: 1, requests: [] } });
    });

    test.runIf(process.platform !== 'win32' && !existsSync('/etc/alpine-release'))(
      'the User-Agent that awspip finds names the same interpreter as its own, and replaces it',
      async () => {
        const code = `import sys${findUserAgent}
from pip._internal.network import session
own = session.user_agent()${sendUserAgent}
print(own, user_agent, session.user_agent(), sep='\\n')`;
        const { stdout } = await execa(pip.python, ['-c', code]);
        const [own = '', found = '', sent] = stdout.split('\n');
        expect(environmentFromUserAgent(found)).toBeDefined();
        expect(environmentFromUserAgent(found)).toEqual(environmentFromUserAgent(own));
        expect(pipVersionFromUserAgent(found)).toBe(pipVersionFromUserAgent(own));
        expect(sent).toBe(found);
      },
    );

    fromVersion(25.03)(
      'a dry run of vetted releases downloads METADATA only, and its report has the descriptions',
      async () => {
        publishTree(packageIndex, `dry-${prefix}`);
        expect(await install('--target', pathOf('wet'), `dry-${prefix}`)).toMatchObject({ exitCode: 0 });
        const options = ['--no-cache-dir', '--dry-run', '--target', pathOf('dry'), '--report', pathOf('dry.json')];
        const dryRun = await install(...options, `dry-${prefix}`);
        expect(dryRun).toMatchObject({ exitCode: 0, report: { pipRuns: 1 } });
        const downloads = dryRun.stdout.match(/Downloading \S+/g) ?? [];
        expect(downloads).toHaveLength(3);
        expect(downloads.filter((line) => !line.endsWith('.whl.metadata'))).toEqual([]);
        const { install: planned } = JSON.parse(await readFile(pathOf('dry.json'), 'utf8'));
        expect(planned.map(({ metadata }: { metadata: { name: string } }) => metadata.name).toSorted()).toEqual(
          [`dry-${prefix}`, `dry-${prefix}-part`, 'known'].toSorted(),
        );
      },
    );

    test('a vetted sdist is built into a wheel', async () => {
      expect((await run('wheel', '--wheel-dir', pathOf('wheels'), 'sourced')).exitCode).toBe(0);
      expect((await readdir(pathOf('wheels'))).sort()).toEqual([
        expect.stringMatching(/^known-/),
        expect.stringMatching(/^sourced-1\.0-/),
      ]);
    });

    test('the default index by name, also in nested files, is the vetted repository', async () => {
      const nested = await file('with-extra.txt', '--extra-index-url http://pypi.org/simple/\nknown\n');
      const wanted = await file('with-index.txt', `-i HTTPS://PyPI.org/simple/\n-r ${nested}\n`);
      const argv = ['--index-url=https://pypi.org/simple', '--target', pathOf('default'), '-r', wanted];
      const { exitCode, stdout, stderr } = await run('install', ...argv);
      expect(exitCode, stderr).toBe(0);
      expect(stdout).toContain('Successfully installed');
      expect(stderr.match(/is the default index; using the vetted repository/g)).toHaveLength(1);
    });

    fullTest('download, with and without dependencies', async () => {
      expect((await run('download', '--no-deps', '-d', pathOf('files'), 'pinned')).exitCode).toBe(0);
      expect(await readdir(pathOf('files'))).toEqual(['pinned-1.0-py3-none-any.whl']);
    });

    fullTest('pip checks hashes', async () => {
      const right = await file('right.txt', `known==1.0 --hash=sha256:${known.sha256}\n`);
      const wrong = await file('wrong.txt', `known==1.0 --hash=sha256:${'0'.repeat(64)}\n`);
      expect((await run('install', '--require-hashes', '--target', pathOf('right'), '-r', right)).exitCode).toBe(0);
      const refused = await run('install', '--require-hashes', '--target', pathOf('wrong'), '-r', wrong);
      expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('DO NOT MATCH THE HASHES')]);
    });

    fullTest('--only-binary and --no-binary that exclude every file are reported with 12', async () => {
      const binary = await install('--only-binary', ':all:', '--no-deps', '--target', pathOf('b'), `only-${prefix}`);
      expect(binary.exitCode).toBe(12); // the project does not exist
      const source = await install('--no-binary=known', '--target', pathOf('b'), 'known==1.0');
      expect([source.exitCode, source.stderr]).toEqual([12, expect.stringContaining('allowed formats')]);
    });

    test('the user’s own project with an extra has its requirements vetted', async () => {
      await project(user.path(prefix, 'mine'));
      const folder = pathOf('mine');
      const argv = ['install', '--target', pathOf('mine-target'), `${folder}[more]`];
      const result = await startNode([bin, ...argv], { ...user.environment, ...extra }, folder).ended;
      expect(result).toMatchObject({ exitCode: 0 });
      expect(existsSync(pathOf('mine-target', 'pinned'))).toBe(true);
    });

    fromVersion(21.03)('the user’s own project as an editable', async () => {
      await project(pathOf('edited'));
      const argv = ['install', '--prefix', pathOf('editing'), '-e', `${pathOf('edited')}[more]`];
      const result = await startNode([bin, ...argv], { ...user.environment, ...extra }, pathOf('edited')).ended;
      expect([result.exitCode, result.stdout]).toEqual([0, expect.stringContaining('Successfully installed')]);
    });

    fromVersion(26.03)('files uploaded before a time are vetted, and only those are installed', async () => {
      const name = `aged-${prefix}`;
      const publish = (version: string, uploadTime: string) =>
        packageIndex.publish(name, version, wheel({ name, version }), { uploadTime });
      publish('1.0', '2025-01-01T00:00:00Z');
      publish('2.0', '2025-06-01T00:00:00Z');
      const limited = ['--uploaded-prior-to', '2025-03-01', '--target', pathOf('aged'), name];
      const first = await install(...limited);
      expect(first).toMatchObject({ exitCode: 0, report: { pipRuns: 2 } });
      expect((await readdir(pathOf('aged'))).join()).toContain('-1.0.dist-info');
      const none = await install('--uploaded-prior-to', '2024-01-01', '--target', pathOf('none'), name);
      expect([none.exitCode, none.stderr]).toEqual([12, expect.stringContaining('uploaded later than the request')]);
    });

    fromVersion(25.01)('a dependency group', async () => {
      await project(pathOf('grouped'));
      const argv = ['install', '--target', pathOf('group'), '--group', 'tests'];
      const result = await startNode([bin, ...argv], { ...user.environment, ...extra }, pathOf('grouped')).ended;
      expect([result.exitCode, existsSync(pathOf('group', 'pinned'))]).toEqual([0, true]);
    });

    fullTest('files for another Python and platform than the running one', async () => {
      const wheelFor = (tag: string) => ({
        ...wheel({ name: 'compiled', version: '1.0' }),
        filename: `compiled-1.0-${tag}.whl`,
      });
      packageIndex.publish('compiled', '1.0', wheelFor('cp39-cp39-win_amd64'));
      const target = ['--platform', 'win_amd64', '--python-version', '3.9', '--only-binary=:all:'];
      expect((await run('download', ...target, '-d', pathOf('windows'), 'compiled')).exitCode).toBe(0);
      expect(await readdir(pathOf('windows'))).toEqual(['compiled-1.0-cp39-cp39-win_amd64.whl']);
      const here = await run('download', '--only-binary=:all:', '-d', pathOf('here'), 'compiled');
      expect([here.exitCode, here.stderr]).toEqual([
        12,
        expect.stringContaining('no file of `compiled` 1.0 fits Python'),
      ]);
    });

    fullTest('--ignore-requires-python applies to vetting too', async () => {
      const name = `picky-${prefix}`;
      packageIndex.publish(name, '1.0', wheel({ name, version: '1.0', requiresPython: '>=3.99' }), {
        requiresPython: '>=3.99',
      });
      expect((await run('install', '--target', pathOf('picky'), name)).exitCode).toBe(12);
      expect((await run('install', '--ignore-requires-python', '--target', pathOf('picky'), name)).exitCode).toBe(0);
    });

    fromVersion(26)('pre-releases of one project are vetted on request', async () => {
      const [name, part] = [`early-${prefix}`, `early-${prefix}-part`];
      for (const project of [name, part]) {
        packageIndex.publish(
          project,
          '1.0',
          wheel({ name: project, version: '1.0', requires: project === name ? [part] : [] }),
        );
        packageIndex.publish(
          project,
          '2.0b1',
          wheel({ name: project, version: '2.0b1', requires: project === name ? [part] : [] }),
        );
      }
      expect((await run('install', '--all-releases', name, '--target', pathOf('early'), name)).exitCode).toBe(0);
      const found = (await readdir(pathOf('early'))).filter((entry) => entry.endsWith('.dist-info')).sort();
      expect(found.map((entry) => entry.split('-')[1])).toEqual(['2.0b1.dist', '1.0.dist']);
    });

    fullTest('into a prefix', async () => {
      expect((await run('install', '--prefix', pathOf('prefix'), '--ignore-installed', 'known')).exitCode).toBe(0);
      expect((await readdir(pathOf('prefix'), { recursive: true })).join()).toContain('known');
    });

    fullTest('a missing project and a missing version end with 12, without pip’s message', async () => {
      for (const wanted of [`nowhere-${prefix}`, 'known==7']) {
        const { exitCode, stderr } = await run('install', '--target', pathOf('none'), wanted);
        expect([exitCode, stderr]).toEqual([12, expect.stringMatching(/was not found|has no such version/)]);
        expect(stderr).not.toContain('No matching distribution');
      }
    });

    fullTest('--isolated isolates without bypassing the relay', async () => {
      const result = await user.run(['--isolated', 'install', '--target', pathOf('iso'), 'known'], {
        ...extra,
        PIP_TARGET: pathOf('not-here'),
      });
      expect(result.exitCode).toBe(0);
      expect(existsSync(pathOf('not-here'))).toBe(false);
    });

    test('outdated releases are determined from the vetted repository', async () => {
      await run('download', '--no-deps', '-d', pathOf('new'), 'known==1.0');
      await run('install', '--target', pathOf('old'), 'known==0.9');
      const argv = ['list', '--outdated', '--format', 'json', '--path', pathOf('old')];
      const { exitCode, stdout } = await run(...argv);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject([{ name: 'known', version: '0.9', latest_version: '1.0' }]);
    });

    fromVersion(21.02)('index versions lists vetted releases', async () => {
      await run('download', '--no-deps', '-d', pathOf('new'), 'known==1.0');
      const { exitCode, stdout } = await run('index', 'versions', 'known');
      expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/known \(1\.0\)\s+Available versions: 1\.0/)]);
    });

    fromVersion(22.02)('a dry run installs nothing, and its report has permanent URLs', async () => {
      const report = pathOf('report.json');
      expect((await run('install', '--dry-run', '--ignore-installed', '--report', report, 'pinned')).exitCode).toBe(0);
      const text = await readFile(report, 'utf8');
      expect(text).not.toContain('secure-pypi.invalid');
      expect(JSON.parse(text).install[0].download_info.url).toMatch(/\/secure-pypi\/simple\/pinned\/1\.0\//);
      const { stdout } = await run('install', '-q', '--dry-run', '--ignore-installed', '--report', '-', 'pinned');
      expect(JSON.parse(stdout)).toEqual(JSON.parse(text));
    });

    fromVersion(25.01)('a lock file has permanent URLs: on this machine, those of its own index', async () => {
      const lock = await file('pylock.toml', '');
      expect((await run('lock', '-o', lock, 'pinned')).exitCode).toBe(0);
      const text = await readFile(lock, 'utf8');
      expect(text).toContain(`url = "${packageIndex.origin}/files/`);
      expect(text).not.toContain('secure-pypi');
    });

    fromVersion(26.01)(
      'a lock file installs exactly the files it pins, after vetting, for any URLs in it',
      async () => {
        const [name, part] = [`locked-${prefix}`, `locked-${prefix}-part`];
        const pinned = [wheel({ name, version: '1.0', requires: [part] }), wheel({ name: part, version: '1.0' })];
        for (const [index, project] of [name, part].entries()) {
          packageIndex.publish(project, '1.0', pinned[index] ?? known);
          packageIndex.publish(project, '2.0', wheel({ name: project, version: '2.0' }));
        }
        const lock = await file('pylock.toml', lockOf(pinned));
        const first = await install('--target', pathOf('locked'), '-r', lock);
        expect(first).toMatchObject({ exitCode: 0, report: { pipRuns: 2 } });
        expect(first.stderr).not.toContain('HTTP error 404');
        const module = `locked_${prefix}_part`;
        expect(await readFile(pathOf('locked', module, '__init__.py'), 'utf8')).toContain('1.0');
        // pip's cache has the files, so pip requests no page.
        const second = await install('--target', pathOf('locked-again'), '-r', lock);
        expect(second).toMatchObject({ exitCode: 0, report: { pipRuns: 1, requests: [] } });
        const changed = await file(
          'pylock.changed.toml',
          lockOf([{ ...known, sha256: known.sha256.replace(/^./, 'x') }]),
        );
        expect((await run('install', '--target', pathOf('changed'), '-r', changed)).stderr).toContain(
          'without a sha256',
        );
        const other = known.sha256.startsWith('0') ? '1' : '0';
        await file('pylock.changed.toml', lockOf([{ ...known, sha256: known.sha256.replace(/^./, other) }]));
        const refused = await run('install', '--target', pathOf('changed'), '-r', changed);
        expect([refused.exitCode, refused.stderr]).toEqual([
          1,
          expect.stringContaining('pins another sha256 of known-1.0'),
        ]);
        expect(existsSync(pathOf('changed'))).toBe(false);
      },
    );

    fromVersion(26.03)('extras and groups of a lock file can be combined', async () => {
      const chosen = [
        { ...known, marker: "'more' in extras" },
        { ...wheel({ name: 'known-too', version: '1.0' }), marker: "'tests' in dependency_groups" },
      ];
      packageIndex.publish('known-too', '1.0', chosen[1] ?? known);
      const rest = 'extras = ["more"]\ndependency-groups = ["tests"]\n';
      const lock = await file('pylock.toml', lockOf(chosen, rest));
      const argv = ['install', '--target', pathOf('chosen'), '-r', `${lock}[more]`, '--group', `${lock}:tests`];
      expect((await run(...argv)).exitCode).toBe(0);
      expect((await readdir(pathOf('chosen'))).filter((name) => !name.includes('.'))).toEqual(['known', 'known_too']);
    });

    test('search, which uses another host, is blocked with a message', async () => {
      const { exitCode, stderr } = await run('search', 'known');
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(/pypi\.org|unknown command "search"/);
    });
  });
}

/** Returns a lock file (PEP 751) of wheels with unreachable URLs. */
function lockOf(wheels: readonly (Distribution & { readonly marker?: string })[], rest = ''): string {
  const packages = wheels.map(({ filename, sha256, marker }) => {
    const [name, version] = filename.split('-');
    const condition = marker === undefined ? '' : `marker = "${marker}"\n`;
    const file = `{ url = "https://files.example/${filename}", hashes = { sha256 = "${sha256}" } }`;
    return `[[packages]]\nname = "${name?.replaceAll('_', '-')}"\nversion = "${version}"\n${condition}wheels = [${file}]\n`;
  });
  return `lock-version = "1.0"\ncreated-by = "test"\n${rest}${packages.join('')}`;
}

/** Writes a project with its own build backend. */
async function project(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const backend = `
import os, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "mine-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:
        archive.writestr("mine.py", "")
        archive.writestr("mine-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: mine\\nVersion: 1.0\\nProvides-Extra: more\\nRequires-Dist: pinned; extra == 'more'\\n")
        archive.writestr("mine-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("mine-1.0.dist-info/RECORD", "")
    return name
build_editable = build_wheel
`;
  const pyproject = `
[project]
name = "mine"
version = "1.0"
optional-dependencies = { more = ["pinned"] }
[dependency-groups]
tests = ["pinned"]
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
`;
  await writeFile(`${folder}/backend.py`, backend);
  await writeFile(`${folder}/pyproject.toml`, pyproject);
}
