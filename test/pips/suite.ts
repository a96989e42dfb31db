import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bin, type Sandbox, sandbox, startNode } from '../helpers/awspip.ts';
import { type Distribution, sdist, wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

/** A pip to hold awspip against. */
export type Pip = { readonly pip: string; readonly python: string; readonly from: string };

/** The projects every pip meets; `tree` is made anew for each, so that each sees it missing first. */
async function publish(world: PackageIndex): Promise<{ readonly known: Distribution }> {
  const known = wheel({ name: 'known', version: '1.0' });
  world.publish('known', '0.9', wheel({ name: 'known', version: '0.9' }));
  world.publish('known', '1.0', known);
  world.publish('sourced', '1.0', await sdist({ name: 'sourced', version: '1.0', requires: ['known'] }));
  world.publish('pinned', '1.0', wheel({ name: 'pinned', version: '1.0', requires: ['known==0.9'] }));
  return { known };
}

function publishTree(world: PackageIndex, name: string): void {
  const needs = [`${name}-part>=1`, 'known; python_version >= "3"', `${name}-windows; sys_platform == "win32"`];
  world.publish(name, '1.0', wheel({ name, version: '1.0', requires: needs }));
  for (const version of ['1.0', '2.0']) {
    world.publish(`${name}-part`, version, wheel({ name: `${name}-part`, version }));
  }
}

/** pip's version as two numbers. */
function versionOf({ pip }: Pip): number {
  const [year = 0, release = 0] = pip.split('.').map((part) => Number.parseInt(part, 10));
  return year + release / 100;
}

/**
 * What must hold with every pip: the verbs, the ways to say what is wanted, and where it goes. `brief`: without what
 * other tests try with the pip at hand.
 */
export function pipSuite(pips: readonly Pip[], { brief = false } = {}): void {
  const whole = test.skipIf(brief);
  let world: PackageIndex;
  let user: Sandbox;
  let known: Distribution;
  beforeAll(async () => {
    world = await startPackageIndex();
    ({ known } = await publish(world));
    user = await sandbox({ ...world.environment, PIP_NO_INPUT: '1' });
  });
  afterAll(async () => {
    await user.remove();
    await world.close();
  });

  describe.each(pips.map((pip, at) => ({ ...pip, at })))('with $pip on $from', (pip) => {
    const since = (version: number) => test.skipIf(versionOf(pip) < version);
    const own = `p${pip.at}`;
    const place = (...parts: readonly string[]) => user.path(own, ...parts);
    const extra = { AWSPIP_PYTHON: pip.python };
    const run = (...argv: readonly string[]) => user.run(argv, extra);
    const install = (...argv: readonly string[]) => user.install(argv, extra);
    const file = async (name: string, text: string) => {
      await mkdir(place(), { recursive: true });
      await writeFile(place(name), text);
      return place(name);
    };

    test('a tree from a file, under constraints: vetted, two runs of pip, then one', async () => {
      publishTree(world, `tree-${own}`);
      const nested = await file('nested.txt', 'pinned\n');
      const wanted = await file('wanted.txt', `tree-${own}  # the whole of it\n-r ${nested}\n`);
      const bounds = await file('bounds.txt', `tree-${own}-part<2\n`);
      const first = await install('--target', place('tree'), '-r', wanted, '-c', bounds);
      expect(first).toMatchObject({ exitCode: 0, report: { pipRuns: 2 } });
      const module = `tree_${own}_part`;
      expect(await readFile(place('tree', module, '__init__.py'), 'utf8')).toContain('1.0');
      expect(await readFile(place('tree', 'known', '__init__.py'), 'utf8')).toContain('0.9');
      const again = await install('--target', place('again'), '-r', wanted, '-c', bounds);
      expect(again).toMatchObject({ exitCode: 0, report: { pipRuns: 1, requests: [] } });
    });

    test('an sdist is built here, once it is vetted, and a wheel is made of it', async () => {
      expect((await run('wheel', '--wheel-dir', place('wheels'), 'sourced')).exitCode).toBe(0);
      expect((await readdir(place('wheels'))).sort()).toEqual([
        expect.stringMatching(/^known-/),
        expect.stringMatching(/^sourced-1\.0-/),
      ]);
    });

    whole('download, with and without dependencies', async () => {
      expect((await run('download', '--no-deps', '-d', place('files'), 'pinned')).exitCode).toBe(0);
      expect(await readdir(place('files'))).toEqual(['pinned-1.0-py3-none-any.whl']);
    });

    whole('hashes are pip’s to check', async () => {
      const right = await file('right.txt', `known==1.0 --hash=sha256:${known.sha256}\n`);
      const wrong = await file('wrong.txt', `known==1.0 --hash=sha256:${'0'.repeat(64)}\n`);
      expect((await run('install', '--require-hashes', '--target', place('right'), '-r', right)).exitCode).toBe(0);
      const refused = await run('install', '--require-hashes', '--target', place('wrong'), '-r', wrong);
      expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('DO NOT MATCH THE HASHES')]);
    });

    whole('--only-binary and --no-binary leave nothing: told as that, 12', async () => {
      const binary = await install('--only-binary', ':all:', '--no-deps', '--target', place('b'), `only-${own}`);
      expect(binary.exitCode).toBe(12); // nobody has it at all
      const source = await install('--no-binary=known', '--target', place('b'), 'known==1.0');
      expect([source.exitCode, source.stderr]).toEqual([12, expect.stringContaining('allowed formats')]);
    });

    test('the own project with an extra, and its needs vetted', async () => {
      await project(user.path(own, 'mine'));
      const folder = place('mine');
      const argv = ['install', '--target', place('mine-target'), `${folder}[more]`];
      const ran = await startNode([bin, ...argv], { ...user.environment, ...extra }, folder).ended;
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(existsSync(place('mine-target', 'pinned'))).toBe(true);
    });

    since(21.03)('the own project to be edited in place', async () => {
      await project(place('edited'));
      const argv = ['install', '--prefix', place('editing'), '-e', `${place('edited')}[more]`];
      const ran = await startNode([bin, ...argv], { ...user.environment, ...extra }, place('edited')).ended;
      expect([ran.exitCode, ran.stdout]).toEqual([0, expect.stringContaining('Successfully installed')]);
    });

    since(25.01)('a dependency group', async () => {
      await project(place('grouped'));
      const argv = ['install', '--target', place('group'), '--group', 'tests'];
      const ran = await startNode([bin, ...argv], { ...user.environment, ...extra }, place('grouped')).ended;
      expect([ran.exitCode, existsSync(place('group', 'pinned'))]).toEqual([0, true]);
    });

    whole('files for another Python and platform, which the one that asks could not take', async () => {
      const unvetted = (tag: string) => ({
        ...wheel({ name: 'compiled', version: '1.0' }),
        filename: `compiled-1.0-${tag}.whl`,
      });
      world.publish('compiled', '1.0', unvetted('cp39-cp39-win_amd64'));
      const target = ['--platform', 'win_amd64', '--python-version', '3.9', '--only-binary=:all:'];
      expect((await run('download', ...target, '-d', place('windows'), 'compiled')).exitCode).toBe(0);
      expect(await readdir(place('windows'))).toEqual(['compiled-1.0-cp39-cp39-win_amd64.whl']);
      const here = await run('download', '--only-binary=:all:', '-d', place('here'), 'compiled');
      expect([here.exitCode, here.stderr]).toEqual([
        12,
        expect.stringContaining('no file of `compiled` 1.0 fits Python'),
      ]);
    });

    whole('--ignore-requires-python is heeded by the vetting, too', async () => {
      const name = `picky-${own}`;
      world.publish(name, '1.0', wheel({ name, version: '1.0', requiresPython: '>=3.99' }), {
        requiresPython: '>=3.99',
      });
      expect((await run('install', '--target', place('picky'), name)).exitCode).toBe(12);
      expect((await run('install', '--ignore-requires-python', '--target', place('picky'), name)).exitCode).toBe(0);
    });

    since(26)('pre-releases of one project are vetted where they are asked for', async () => {
      const [name, part] = [`early-${own}`, `early-${own}-part`];
      for (const project of [name, part]) {
        world.publish(
          project,
          '1.0',
          wheel({ name: project, version: '1.0', requires: project === name ? [part] : [] }),
        );
        world.publish(
          project,
          '2.0b1',
          wheel({ name: project, version: '2.0b1', requires: project === name ? [part] : [] }),
        );
      }
      expect((await run('install', '--all-releases', name, '--target', place('early'), name)).exitCode).toBe(0);
      const found = (await readdir(place('early'))).filter((entry) => entry.endsWith('.dist-info')).sort();
      expect(found.map((entry) => entry.split('-')[1])).toEqual(['2.0b1.dist', '1.0.dist']);
    });

    whole('into a prefix', async () => {
      expect((await run('install', '--prefix', place('prefix'), '--ignore-installed', 'known')).exitCode).toBe(0);
      expect((await readdir(place('prefix'), { recursive: true })).join()).toContain('known');
    });

    whole('what exists nowhere is told apart: 12 each, and pip’s alarm is not shown', async () => {
      for (const wanted of [`nowhere-${own}`, 'known==7']) {
        const { exitCode, stderr } = await run('install', '--target', place('none'), wanted);
        expect([exitCode, stderr]).toEqual([12, expect.stringMatching(/was not found|has no such version/)]);
        expect(stderr).not.toContain('No matching distribution');
      }
    });

    whole('--isolated isolates, and leads past nothing', async () => {
      const ran = await user.run(['--isolated', 'install', '--target', place('iso'), 'known'], {
        ...extra,
        PIP_TARGET: place('not-here'),
      });
      expect(ran.exitCode).toBe(0);
      expect(existsSync(place('not-here'))).toBe(false);
    });

    test('what is outdated is asked of the vetted repository', async () => {
      await run('download', '--no-deps', '-d', place('new'), 'known==1.0');
      await run('install', '--target', place('old'), 'known==0.9');
      const argv = ['list', '--outdated', '--format', 'json', '--path', place('old')];
      const { exitCode, stdout } = await run(...argv);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject([{ name: 'known', version: '0.9', latest_version: '1.0' }]);
    });

    since(21.02)('index versions lists what is vetted', async () => {
      await run('download', '--no-deps', '-d', place('new'), 'known==1.0');
      const { exitCode, stdout } = await run('index', 'versions', 'known');
      expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/known \(1\.0\)\s+Available versions: 1\.0/)]);
    });

    since(22.02)('a dry run installs nothing, and its report names no host that is gone', async () => {
      const report = place('report.json');
      expect((await run('install', '--dry-run', '--ignore-installed', '--report', report, 'pinned')).exitCode).toBe(0);
      const text = await readFile(report, 'utf8');
      expect(text).not.toContain('secure-pypi.invalid');
      expect(JSON.parse(text).install[0].download_info.url).toMatch(/\/pypi\/secure-pypi\/simple\/pinned\/1\.0\//);
      const { stdout } = await run('install', '-q', '--dry-run', '--ignore-installed', '--report', '-', 'pinned');
      expect(JSON.parse(stdout)).toEqual(JSON.parse(text));
    });

    since(25.01)(
      'a lock file names files where they can be had tomorrow: on this machine, in its own index',
      async () => {
        const lock = await file('pylock.toml', '');
        expect((await run('lock', '-o', lock, 'pinned')).exitCode).toBe(0);
        const text = await readFile(lock, 'utf8');
        expect(text).toContain(`url = "${world.origin}/files/`);
        expect(text).not.toContain('secure-pypi');
      },
    );

    since(26.01)('a lock file brings in the very files it pins, vetted first, whatever address it names', async () => {
      const [name, part] = [`locked-${own}`, `locked-${own}-part`];
      const pinned = [wheel({ name, version: '1.0', requires: [part] }), wheel({ name: part, version: '1.0' })];
      for (const [at, project] of [name, part].entries()) {
        world.publish(project, '1.0', pinned[at] ?? known);
        world.publish(project, '2.0', wheel({ name: project, version: '2.0' }));
      }
      const lock = await file('pylock.toml', lockOf(pinned));
      const first = await install('--target', place('locked'), '-r', lock);
      expect(first).toMatchObject({ exitCode: 0, report: { pipRuns: 2 } });
      expect(first.stderr).not.toContain('HTTP error 404');
      const module = `locked_${own}_part`;
      expect(await readFile(place('locked', module, '__init__.py'), 'utf8')).toContain('1.0');
      // From pip's cache, which asks for no page.
      const again = await install('--target', place('locked-again'), '-r', lock);
      expect(again).toMatchObject({ exitCode: 0, report: { pipRuns: 1, requests: [] } });
      const changed = await file(
        'pylock.changed.toml',
        lockOf([{ ...known, sha256: known.sha256.replace(/^./, 'x') }]),
      );
      expect((await run('install', '--target', place('changed'), '-r', changed)).stderr).toContain('without a sha256');
      const other = known.sha256.startsWith('0') ? '1' : '0';
      await file('pylock.changed.toml', lockOf([{ ...known, sha256: known.sha256.replace(/^./, other) }]));
      const refused = await run('install', '--target', place('changed'), '-r', changed);
      expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('pins another known-1.0')]);
      expect(existsSync(place('changed'))).toBe(false);
    });

    since(26.03)('extras and groups are chosen from a lock file, together', async () => {
      const chosen = [
        { ...known, marker: "'more' in extras" },
        { ...wheel({ name: 'known-too', version: '1.0' }), marker: "'tests' in dependency_groups" },
      ];
      world.publish('known-too', '1.0', chosen[1] ?? known);
      const rest = 'extras = ["more"]\ndependency-groups = ["tests"]\n';
      const lock = await file('pylock.toml', lockOf(chosen, rest));
      const argv = ['install', '--target', place('chosen'), '-r', `${lock}[more]`, '--group', `${lock}:tests`];
      expect((await run(...argv)).exitCode).toBe(0);
      expect((await readdir(place('chosen'))).filter((name) => !name.includes('.'))).toEqual(['known', 'known_too']);
    });

    test('search, which asks another host, is kept from it and says so', async () => {
      const { exitCode, stderr } = await run('search', 'known');
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(/kept from pypi\.org|unknown command "search"/);
    });
  });
}

/** A lock file (PEP 751) of wheels, at addresses that nobody can reach. */
function lockOf(wheels: readonly (Distribution & { readonly marker?: string })[], rest = ''): string {
  const packages = wheels.map(({ filename, sha256, marker }) => {
    const [name, version] = filename.split('-');
    const condition = marker === undefined ? '' : `marker = "${marker}"\n`;
    const file = `{ url = "https://files.example/${filename}", hashes = { sha256 = "${sha256}" } }`;
    return `[[packages]]\nname = "${name?.replaceAll('_', '-')}"\nversion = "${version}"\n${condition}wheels = [${file}]\n`;
  });
  return `lock-version = "1.0"\ncreated-by = "test"\n${rest}${packages.join('')}`;
}

/** A project of one's own, built by a backend inside it. */
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
  const described = `
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
  await writeFile(`${folder}/pyproject.toml`, described);
}
