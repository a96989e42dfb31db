import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox, startProcess } from '../helpers/awspip.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { installer } from '../helpers/installers.ts';
import { runsEveryCase } from '../helpers/long-form.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

const programs = await installer('uv');

let packageIndex: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox({ ...packageIndex.environment });
  user.environment.PATH = `${programs}${path.delimiter}${user.environment.PATH}`;
  for (const [name, version, requires] of [
    ['alpha', '1.0', ['beta>=1']],
    ['alpha', '2.0', ['beta>=2']],
    ['beta', '1.0', []],
    ['beta', '2.0', []],
    ['gamma', '1.0', ['beta']],
    ['tool', '1.0', ['gamma']],
  ] as const) {
    packageIndex.publish(name, version, wheel({ name, version, requires }));
  }
  packageIndex.publish('built', '1.0', await sdist({ name: 'built', version: '1.0', buildRequires: ['maker'] }));
  packageIndex.publish('maker', '1.0', wheel({ name: 'maker', version: '1.0' }));
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

const ifUv = test.skipIf(programs === undefined);
const longIfUv = test.skipIf(programs === undefined || !runsEveryCase);

async function project(name: string, dependencies: readonly string[]): Promise<string> {
  const folder = user.path(name);
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'pyproject.toml'),
    `[project]\nname = "${name}"\nversion = "0.1"\nrequires-python = ">=3.8"\ndependencies = ${JSON.stringify(dependencies)}\n`,
  );
  return folder;
}

const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');

function execIn(folder: string, argv: readonly string[], extra: Record<string, string> = {}) {
  const environment = { ...user.environment, UV_CACHE_DIR: user.path('uv-cache'), ...extra };
  return startProcess(process.execPath, [bin, 'exec', ...argv], environment, folder).ended;
}

const installed = async (folder: string) => {
  const names = await readdir(path.join(folder, 'lib'), { recursive: true }).catch(() => readdir(folder));
  return names.flatMap((name) => /([^/]+)\.dist-info$/.exec(name)?.[1] ?? []).sort();
};

ifUv('uv pip install: missing packages are vetted, and uv runs again', async () => {
  const target = user.path('target');
  const ran = await execIn(user.folder, ['--', 'uv', 'pip', 'install', '--target', target, 'tool']);
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.stderr).toContain('awspip: rerunning uv');
  expect(ran.stderr).not.toContain('No solution found');
  expect(await installed(target)).toEqual(['beta-2.0', 'gamma-1.0', 'tool-1.0']);
  const again = await execIn(user.folder, ['--', 'uv', 'pip', 'install', '--target', user.path('other'), 'tool']);
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.stderr).not.toContain('rerunning');
});

ifUv('uv pip install: the default index by name is the vetted repository, and a folder can be allowed', async () => {
  const file = user.path('with-index.txt');
  await writeFile(file, '--index-url https://pypi.org/simple\nbeta\n');
  const uv = ['uv', 'pip', 'install', '--target', user.path('default-index')];
  const ran = await execIn(user.folder, ['--', ...uv, '-i', 'https://pypi.org/simple', '-r', file]);
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(ran.stderr).toContain('is the default index; using the vetted repository');
  const wheels = user.path('wheels');
  await mkdir(wheels);
  const own = wheel({ name: 'own', version: '1.0' });
  await writeFile(path.join(wheels, own.filename), own.bytes);
  const offline = [...uv, '--no-index', '--find-links', wheels, 'own'];
  const allowed = await execIn(user.folder, [`--awspip-open=${wheels}`, '--', ...offline]);
  expect(allowed.exitCode, allowed.stderr).toBe(0);
});

longIfUv('uv pip install: an unvetted version, and a build requirement', async () => {
  const target = user.path('versions');
  expect(
    await execIn(user.folder, ['--', 'uv', 'pip', 'install', '--target', target, 'beta==1.0', 'built']),
  ).toMatchObject({ exitCode: 0 });
  expect(await installed(target)).toEqual(['beta-1.0', 'built-1.0']);
});

ifUv('uv pip install: an unknown name is exit 12; another index is rejected before uv starts', async () => {
  const unknown = await execIn(user.folder, [
    '--',
    'uv',
    'pip',
    'install',
    '--target',
    user.path('x'),
    'no-such-thing',
  ]);
  expect(unknown.exitCode).toBe(12);
  for (const option of ['--index', '--default-index', '--extra-index-url', '--find-links']) {
    const elsewhere = ['--', 'uv', 'pip', 'install', option, 'http://elsewhere.example/simple', 'tool'];
    const rejected = await execIn(user.folder, elsewhere);
    expect(rejected).toMatchObject({ exitCode: 64 });
    expect(rejected.stderr).toContain(`${option}\``);
    expect(rejected.stderr).not.toContain('Resolved');
  }
  expect(await execIn(user.folder, ['--', 'uv', 'pip', 'install', 'git+https://elsewhere.example/x'])).toMatchObject({
    exitCode: 64,
  });
});

ifUv('uv sync: dependencies are vetted, and uv.lock names the index and files of the machine', async () => {
  const folder = await project('synced', ['alpha', 'gamma']);
  const ran = await execIn(folder, ['--', 'uv', 'sync', '--no-progress']);
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(await installed(path.join(folder, '.venv'))).toEqual(['alpha-2.0', 'beta-2.0', 'gamma-1.0']);
  const lock = await readFile(path.join(folder, 'uv.lock'), 'utf8');
  expect(lock).not.toContain('secure-pypi');
  expect(lock).toContain(`registry = "${packageIndex.origin}/simple/"`);
  expect(lock.match(/url = "http:\/\/127\.0\.0\.1:\d+\/files\//g)).toHaveLength(3);

  for (const argv of [
    ['sync'],
    ['sync', '--locked'],
    ['sync', '--frozen', '--reinstall'],
    ['run', 'python', '-c', '1'],
  ]) {
    expect(await execIn(folder, ['--', 'uv', ...argv])).toMatchObject({ exitCode: 0 });
    expect(await readFile(path.join(folder, 'uv.lock'), 'utf8')).toBe(lock);
  }
});

ifUv(
  'uv sync of an existing lock: the pinned release is vetted, not the newest, and the lock is unchanged',
  async () => {
    packageIndex.publish('pinned', '1.0', wheel({ name: 'pinned', version: '1.0' }));
    const folder = await project('checked-out', ['pinned']);
    const plain = {
      ...user.environment,
      UV_DEFAULT_INDEX: `${packageIndex.origin}/simple/`,
      UV_CACHE_DIR: user.path('plain-uv'),
    };
    expect(await startProcess('uv', ['lock'], plain, folder).ended).toMatchObject({ exitCode: 0 });
    packageIndex.publish('pinned', '2.0', wheel({ name: 'pinned', version: '2.0' }));
    const lock = await readFile(path.join(folder, 'uv.lock'), 'utf8');
    for (const argv of [['sync', '--frozen'], ['sync', '--locked'], ['sync']]) {
      expect(await execIn(folder, ['--', 'uv', ...argv])).toMatchObject({ exitCode: 0 });
      expect(await readFile(path.join(folder, 'uv.lock'), 'utf8')).toBe(lock);
    }
    expect(await installed(path.join(folder, '.venv'))).toEqual(['pinned-1.0']);
  },
);

longIfUv('uv add and uvx', async () => {
  packageIndex.publish('added', '1.0', wheel({ name: 'added', version: '1.0' }));
  packageIndex.publish('shown', '1.0', wheel({ name: 'shown', version: '1.0', requires: ['added'] }));
  const folder = await project('growing', []);
  expect(await execIn(folder, ['--', 'uv', 'add', 'added'])).toMatchObject({ exitCode: 0 });
  for (const file of ['pyproject.toml', 'uv.lock']) {
    const text = await readFile(path.join(folder, file), 'utf8');
    expect(text).toContain('added');
    expect(text).not.toContain('secure-pypi');
  }
  const shown = await execIn(folder, [
    '--',
    'uvx',
    '--from',
    'shown',
    'python',
    '-c',
    'import shown; print(shown.__version__)',
  ]);
  expect(shown).toMatchObject({ exitCode: 0, stdout: '1.0\n' });
});

ifUv('uv add writes no index into a project, a member of a workspace, or a script', async () => {
  const index = '\n[[tool.uv.index]]\nname = "corp"\nurl = "https://corp.example/simple"\ndefault = true\n';
  const root = await project('workspace', ['gamma']);
  await writeFile(path.join(root, 'pyproject.toml'), '\n[tool.uv.workspace]\nmembers = ["packages/*"]\n', {
    flag: 'a',
  });
  const member = await project('workspace/packages/member', ['beta<2']);
  const file = path.join(member, 'pyproject.toml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('workspace/packages/', ''));
  const own = await project('with-index', []);
  await writeFile(path.join(own, 'pyproject.toml'), index, { flag: 'a' });
  await writeFile(user.path('script.py'), '# /// script\n# requires-python = ">=3.8"\n# dependencies = []\n# ///\n');
  for (const [folder, argv, changed] of [
    [root, ['--package', 'member'], file],
    [member, [], file],
    [own, [], path.join(own, 'pyproject.toml')],
    [user.folder, ['--script', 'script.py'], user.path('script.py')],
  ] as const) {
    const before = await readFile(changed, 'utf8');
    const ran = await execIn(folder, ['--', 'uv', 'add', ...argv, folder === member ? 'alpha<2' : 'tool']);
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    const after = await readFile(changed, 'utf8');
    expect(after).toMatch(/"(?:alpha|tool)[<>]/);
    expect(after).not.toMatch(/secure-pypi|127\.0\.0\.1/);
    expect(after.split('[[tool.uv.index]]')[1]).toBe(before.split('[[tool.uv.index]]')[1]);
  }
});

ifUv('a workspace is one request, with all its members', async () => {
  for (const name of ['at-root', 'of-member']) packageIndex.publish(name, '1.0', wheel({ name, version: '1.0' }));
  const root = await project('all-at-once', ['at-root']);
  await writeFile(path.join(root, 'pyproject.toml'), '\n[tool.uv.workspace]\nmembers = ["parts/one"]\n', { flag: 'a' });
  const member = await project('all-at-once/parts/one', ['of-member']);
  const file = path.join(member, 'pyproject.toml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('all-at-once/parts/', ''));
  const ran = await execIn(member, ['--', 'uv', 'sync']);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  expect(ran.stderr.match(/; requesting /g)).toHaveLength(1);
});

ifUv('a script with inline metadata is one request; its lock and its exit code are kept', async () => {
  for (const version of ['1.0', '2.0']) packageIndex.publish('scripted', version, wheel({ name: 'scripted', version }));
  await project('around', ['no-such-project']);
  const script = user.path('around', 'stated.py');
  const block = '# /// script\n# requires-python = ">=3.8"\n# dependencies = ["scripted<2", "gamma"]\n# ///\n';
  await writeFile(script, `${block}import scripted\nprint(scripted.__version__)\nraise SystemExit(7)\n`);
  const ran = await execIn(user.path('around'), ['--', 'uv', 'run', 'stated.py']);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 7, stdout: '1.0\n' });
  expect(ran.stderr.match(/; requesting /g)).toHaveLength(1);
  const plain = {
    ...user.environment,
    UV_DEFAULT_INDEX: `${packageIndex.origin}/simple/`,
    UV_CACHE_DIR: user.path('plain-uv'),
  };
  expect(await startProcess('uv', ['lock', '--script', script], plain, user.folder).ended).toMatchObject({
    exitCode: 0,
  });
  const lock = await readFile(`${script}.lock`, 'utf8');
  const locked = await execIn(user.folder, ['--', 'uv', 'run', '--locked', script], {
    UV_CACHE_DIR: user.path('new-uv'),
  });
  expect(locked, locked.stderr).toMatchObject({ exitCode: 7 });
  expect(await readFile(`${script}.lock`, 'utf8')).toBe(lock);
});

longIfUv('uv tool install records the index of the machine for later upgrades', async () => {
  packageIndex.publish(
    'with-command',
    '1.0',
    wheel({ name: 'with-command', version: '1.0', files: commandOf('with-command') }),
  );
  const ran = await execIn(user.folder, ['--', 'uv', 'tool', 'install', 'with-command']);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  const receipt = user.path('.local', 'share', 'uv', 'tools', 'with-command', 'uv-receipt.toml');
  expect(await readFile(receipt, 'utf8')).toContain(`url = "${packageIndex.origin}/simple/"`);
  expect(await readFile(receipt, 'utf8')).not.toContain('secure-pypi');
  expect(await execIn(user.folder, ['--', 'uv', 'tool', 'upgrade', 'with-command'])).toMatchObject({ exitCode: 0 });
  expect(await readFile(receipt, 'utf8')).not.toContain('secure-pypi');
});

function commandOf(name: string) {
  const module = name.replace('-', '_');
  return { [`${module}-1.0.dist-info/entry_points.txt`]: `[console_scripts]\n${name} = ${module}:print\n` };
}

ifUv('uv with another proxy and other indexes reaches only the relay', async () => {
  const before = packageIndex.requests.length;
  const ran = await execIn(user.folder, ['--', 'uv', 'pip', 'install', '--target', user.path('proxied'), 'gamma'], {
    HTTP_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '*',
    UV_INDEX: `${packageIndex.origin}/simple/`,
    UV_FIND_LINKS: `${packageIndex.origin}/links`,
    UV_CACHE_DIR: user.path('another-cache'),
  });
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(
    packageIndex.requests.slice(before).filter((url) => url.includes('/links') || url.includes('/simple/')),
  ).toEqual([]);
});

longIfUv('uv sync of a dependency for another platform: the files of that platform are vetted', async () => {
  const files = {
    'windows_only-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: windows-only\nVersion: 1.0\n',
  };
  const plain = wheel({ name: 'windows-only', version: '1.0', files });
  packageIndex.publish('windows-only', '1.0', { ...plain, filename: 'windows_only-1.0-cp311-cp311-win_amd64.whl' });
  packageIndex.publish('everywhere', '1.0', wheel({ name: 'everywhere', version: '1.0' }));
  const folder = await project('platforms', ["windows-only; sys_platform == 'win32'", 'everywhere']);
  const ran = await execIn(folder, ['--', 'uv', 'sync'], { UV_PYTHON: 'python3' });
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  expect(await readFile(path.join(folder, 'uv.lock'), 'utf8')).toContain('win_amd64.whl');
  expect(await installed(path.join(folder, '.venv'))).toEqual(['everywhere-1.0']);
});

ifUv('an index in the configuration of uv is blocked and named', async () => {
  await mkdir(user.path('config', 'uv'), { recursive: true });
  await writeFile(user.path('config', 'uv', 'uv.toml'), '[[index]]\nurl = "https://corp.example/simple"\n');
  const ran = await execIn(user.folder, ['--', 'uv', 'pip', 'install', '--target', user.path('corp'), 'gamma']);
  await rm(user.path('config', 'uv', 'uv.toml'));
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('corp.example');
  expect(ran.stderr).toMatch(/only the vetted repository is reachable\n\nhint: /);
});

ifUv('a uv.lock with addresses of the relay, left by a killed run, is repaired', async () => {
  const folder = await project('killed', ['gamma']);
  expect(await execIn(folder, ['--', 'uv', 'lock'])).toMatchObject({ exitCode: 0 });
  const file = path.join(folder, 'uv.lock');
  const lock = await readFile(file, 'utf8');
  const files = /http:\/\/127\.0\.0\.1:\d+\/files\/([0-9a-f]{16})[0-9a-f]*\//g;
  await writeFile(
    file,
    lock
      .replaceAll(`${packageIndex.origin}/simple/`, 'http://01234567.secure-pypi.invalid/simple/')
      .replace(files, 'http://01234567.secure-pypi.invalid/files/$1/'),
  );
  expect(await execIn(folder, ['--', 'uv', 'sync', '--locked'])).toMatchObject({ exitCode: 0 });
  expect(await readFile(file, 'utf8')).toBe(lock);
});

ifUv('a local source of uv is rejected before uv starts, with file and line', async () => {
  const elsewhere = user.path('elsewhere', 'evil');
  await mkdir(elsewhere, { recursive: true });
  await writeFile(path.join(elsewhere, 'pyproject.toml'), '[project]\nname = "evil"\nversion = "1"\n');
  const rejection = async (folder: string, file: string, text: string, argv: readonly string[]) => {
    await writeFile(path.join(folder, file), text, { flag: 'a' });
    const ran = await execIn(folder, ['--', 'uv', ...argv]);
    return [ran.exitCode, /awspip: (\S+): /.exec(ran.stderr)?.[1]];
  };
  const sourced = await project('sourced', ['evil']);
  const source = `[tool.uv.sources]\nevil = { path = "../elsewhere/evil" }\n`;
  expect(await rejection(sourced, 'pyproject.toml', source, ['sync'])).toEqual([64, 'pyproject.toml:7']);
  const linked = await project('linked', ['alpha']);
  expect(await rejection(linked, 'uv.toml', 'find-links = ["../elsewhere"]\n', ['sync'])).toEqual([64, 'uv.toml:1']);
  expect(await rejection(linked, 'uv.toml', '', ['pip', 'install', 'alpha'])).toEqual([64, 'uv.toml:1']);
});

ifUv('a wheel that uv installed without the relay is an error that names it', async () => {
  const evil = wheel({ name: 'evil', version: '9.0' });
  const folder = await project('bypassed', []);
  await writeFile(path.join(folder, evil.filename), evil.bytes);
  // The script stands for an option of uv that awspip does not know.
  const uv = path.join(programs ?? '', 'uv');
  const script = `#!/bin/sh\n'${uv}' pip install --quiet --target target --no-index ./${evil.filename}\nexec '${uv}' "$@"\n`;
  await mkdir(path.join(folder, 'bin'));
  await writeFile(path.join(folder, 'bin', 'uv'), script, { mode: 0o755 });
  const ran = await execIn(folder, ['--', './bin/uv', 'pip', 'install', '--target', 'target', 'gamma']);
  expect([ran.exitCode, ran.stderr]).toEqual([10, expect.stringContaining(`${evil.filename} (evil 9.0)`)]);
});

ifUv('a lock file: its files are vetted and come through the relay, at any URL', async () => {
  const folder = await project('locked', ['alpha']);
  const [alpha, beta] = [
    wheel({ name: 'alpha', version: '2.0', requires: ['beta>=2'] }),
    wheel({ name: 'beta', version: '2.0' }),
  ];
  const packages = [alpha, beta].map(
    ({ filename, sha256 }) =>
      `[[packages]]\nname = "${filename.split('-')[0]}"\nversion = "2.0"\nwheels = [{ url = "https://files.example/${filename}", hashes = { sha256 = "${sha256}" } }]\n`,
  );
  await writeFile(path.join(folder, 'pylock.toml'), `lock-version = "1.0"\ncreated-by = "test"\n${packages.join('')}`);
  for (const argv of [
    ['install', '-r', 'pylock.toml'],
    ['install', '--requirements=pylock.toml'],
    ['sync', 'pylock.toml'],
  ]) {
    const target = path.join(folder, argv.join('').replace(/\W/g, ''));
    const ran = await execIn(folder, ['--', 'uv', 'pip', ...argv, '--target', target, '--preview']);
    expect([ran.exitCode, ran.stderr]).toEqual([0, expect.stringContaining('alpha==2.0')]);
    expect(await installed(target)).toEqual(['alpha-2.0', 'beta-2.0']);
  }
});

ifUv('uv lock: releases for older Pythons and other platforms are vetted, too', async () => {
  const { stdout } = await startProcess(
    'python3',
    ['-c', 'import sys; print(sys.version_info[1])'],
    user.environment,
    '/',
  ).ended;
  const modern = `>=3.${stdout.trim()}`;
  const windows = ['elsewhere; sys_platform == "win32"'];
  packageIndex.publish('moving', '1.0', wheel({ name: 'moving', version: '1.0', requires: windows }));
  const newer = wheel({ name: 'moving', version: '2.0', requires: windows, requiresPython: modern });
  packageIndex.publish('moving', '2.0', newer);
  packageIndex.publish('elsewhere', '1.0', wheel({ name: 'elsewhere', version: '1.0', requires: ['onlythere'] }));
  packageIndex.publish('onlythere', '1.0', wheel({ name: 'onlythere', version: '1.0' }));
  const folder = await project('wide', ['moving']);
  const ran = await execIn(folder, ['--', 'uv', 'lock']);
  expect([ran.exitCode, ran.stderr]).toEqual([0, expect.stringContaining('other Pythons and platforms')]);
  const lock = await readFile(path.join(folder, 'uv.lock'), 'utf8');
  const locked = [...lock.matchAll(/^name = "(.*)"\nversion = "(.*)"/gm)].map(
    ([, name, version]) => `${name} ${version}`,
  );
  expect(locked.sort()).toEqual(['elsewhere 1.0', 'moving 1.0', 'moving 2.0', 'onlythere 1.0', 'wide 0.1']);
});

longIfUv('a build uses another release of a project than the environment', async () => {
  const folder = await project('builds', ['beta>=2']);
  await writeFile(
    path.join(folder, 'pyproject.toml'),
    '[build-system]\nrequires = ["maker", "beta<2"]\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    { flag: 'a' },
  );
  const info = 'builds-0.1.dist-info';
  await writeFile(
    path.join(folder, 'backend.py'),
    `import os, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    import beta
    assert beta.__version__ == "1.0"
    name = "builds-0.1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:
        archive.writestr("${info}/METADATA", "Metadata-Version: 2.1\\nName: builds\\nVersion: 0.1\\nRequires-Dist: beta>=2\\n")
        archive.writestr("${info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("${info}/RECORD", "")
    return name
build_editable = build_wheel
`,
  );
  expect(await execIn(folder, ['--', 'uv', 'sync'])).toMatchObject({ exitCode: 0 });
  expect(await installed(path.join(folder, '.venv'))).toEqual(['beta-2.0', 'builds-0.1']);
  const target = path.join(folder, 'target');
  const pip = await startProcess(process.execPath, [bin, 'install', '--target', target, '.'], user.environment, folder)
    .ended;
  expect(pip).toMatchObject({ exitCode: 0 });
  expect(await installed(target)).toEqual(['beta-2.0', 'builds-0.1']);
});
