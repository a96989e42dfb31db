import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bin, type CommandResult, type Sandbox, sandbox, startProcess } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type HostileIndex, openHostileIndex } from '../helpers/hostile-index.ts';
import { installer } from '../helpers/installers.ts';
import { longTest, representatives, runsEveryCase } from '../helpers/long-form.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

const uvFolder = await installer('uv');
const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();

let packageIndex: PackageIndex;
let hostile: HostileIndex;
let user: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox(packageIndex.environment);
  if (uvFolder !== undefined) user.environment.PATH = `${user.environment.PATH}${path.delimiter}${uvFolder}`;
  hostile = await openHostileIndex(user.path('hostile'));
  packageIndex.publish('good', '1.0', wheel({ name: 'good', version: '1.0' }));
  packageIndex.publish('other', '1.0', wheel({ name: 'other', version: '1.0' }));
  // Later commands find the release vetted.
  expect(await exec('first', 'pip install --target target good other')).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await hostile.close();
  await user.remove();
  await packageIndex.close();
});

/** Runs a script with sh in a project's folder, behind awspip. */
async function exec(name: string, script: string, shell = ['sh', '-c']): Promise<CommandResult> {
  const folder = user.path('projects', name.replace(/\W+/g, '-'));
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'pyproject.toml'), '[project]\nname = "mine"\nversion = "0.1"\n');
  await copyFile(hostile.files.wheel, path.join(folder, path.basename(hostile.files.wheel)));
  const variables = {
    ...user.environment,
    EVIL: `${hostile.origin}/simple/`,
    WHEEL: hostile.files.wheel,
    PYTHON: python,
    NODE: process.execPath,
    AWSPIP: bin,
    UV: path.join(uvFolder ?? '', 'uv'),
    UV_CACHE_DIR: user.path('uv-cache'),
  };
  return startProcess(process.execPath, [bin, 'exec', '--', ...shell, script], variables, folder).ended;
}

const distributionsIn = async (name: string, folder: string) =>
  (await readdir(user.path('projects', name.replace(/\W+/g, '-'), folder), { recursive: true }).catch(() => []))
    .flatMap((file) => /([^/]+)\.dist-info$/.exec(file)?.[1] ?? [])
    .sort();

type Vector = {
  readonly title: string;
  readonly script: string;
  readonly needsUv?: true;
  /** Creating an environment with pip takes seconds. */
  readonly isSlow?: true;
};

/** Commands that are rejected before they download: their options name another source. */
const rejected: readonly Vector[] = [
  { title: 'pip: another index, isolated', script: 'pip install --isolated -i "$EVIL" --target t evil' },
  { title: 'pip: without a proxy', script: 'env python3 -m pip install --proxy= -i "$EVIL" --target t evil' },
  { title: 'pip: an attached option', script: `pip3 install -i"$EVIL" --target t evil` },
  { title: 'python: options before -m', script: 'python3 -I -W ignore -m pip install -i "$EVIL" --target t evil' },
  { title: 'python: a cluster', script: 'python3 -Impip install --extra-index-url "$EVIL" --target t evil' },
  { title: 'pip: a local wheel', script: 'pip install --no-deps --target t ./evil-99.0-py3-none-any.whl' },
  { title: 'pip: a URL', script: 'pip install --target t "$EVIL"evil-99.0-py3-none-any.whl' },
  { title: 'pip: below env and nice', script: 'nice env X=1 pip install -i "$EVIL" --target t evil' },
  { title: 'uv: a URL', script: 'uv pip install --target t "$EVIL"evil-99.0-py3-none-any.whl', needsUv: true },
  { title: 'uv: another index', script: 'uv pip install --default-index "$EVIL" --target t evil', needsUv: true },
  { title: 'uv: a local wheel', script: 'uv pip install --target t ./evil-99.0-py3-none-any.whl', needsUv: true },
  {
    title: 'pip: a configuration file of the script',
    script: `printf '[install]\\nrequirement = %s\\n' "$PWD/r.txt" >pip.conf; echo ./evil-99.0-py3-none-any.whl >r.txt
PIP_CONFIG_FILE=pip.conf pip install --target t good`,
  },
  {
    title: 'pip: a variable of the script',
    script: 'PIP_FIND_LINKS="$PWD" PIP_CONSTRAINT="$EVIL"c.txt pip install --target t good',
  },
];

/** Scripts that set another index themselves, as environments of hatch and tox do. Their installers use the relay. */
const redirected: readonly Vector[] = [
  { title: 'pip: its variables', script: 'PIP_INDEX_URL="$EVIL" PIP_PROXY= pip install --target t good' },
  {
    title: 'pip: all variables',
    script:
      'export PIP_INDEX_URL="$EVIL" PIP_EXTRA_INDEX_URL="$EVIL" PIP_PROXY=; unset HTTP_PROXY http_proxy; python3 -m pip install --target t good',
  },
  {
    title: 'uv: its variables',
    script:
      'export UV_DEFAULT_INDEX="$EVIL" UV_INDEX="$EVIL"; unset HTTP_PROXY http_proxy HTTPS_PROXY ALL_PROXY; uv pip install --target t good',
    needsUv: true,
  },
  {
    title: 'awspip: inside a script that changed the variables',
    script: 'export PIP_INDEX_URL="$EVIL" PIP_PROXY=; "$NODE" "$AWSPIP" install --target t good',
  },
];

/** Installers that stand behind a path, so that they pass the shims. What they install is found. */
const found: readonly Vector[] = [
  { title: 'path: a target', script: '"$PYTHON" -m pip install --isolated --proxy= -i "$EVIL" --target t evil' },
  { title: 'path: a local wheel', script: '"$PYTHON" -m pip install --no-deps --target t "$WHEEL"' },
  {
    title: 'path: in a process',
    script: `"$PYTHON" -c 'import sys; from pip._internal.cli.main import main; sys.exit(main(sys.argv[1:]))' install --isolated --proxy= -i "$EVIL" --target t evil`,
  },
  {
    title: 'environment: unpacked into it',
    script: `python3 -m venv --without-pip v && "$PYTHON" -m zipfile -e "$WHEEL" v/lib/python3*/site-packages`,
  },
  {
    title: 'environment: of the project',
    script: 'python3 -m venv .venv && .venv/bin/pip install --isolated --proxy= -i "$EVIL" evil',
    isSlow: true,
  },
  {
    title: 'environment: elsewhere',
    script: 'cd "$(mktemp -d)" && python3 -m venv v && v/bin/pip install --no-deps "$WHEEL"',
    isSlow: true,
  },
  {
    title: 'environment: activated',
    script: 'python3 -m venv v && . v/bin/activate && pip install --no-deps "$WHEEL"',
    isSlow: true,
  },
  {
    title: 'path: failing after the install',
    script: '"$PYTHON" -m pip install --no-deps --target t "$WHEEL"; exit 3',
  },
  {
    title: 'path: a user base',
    script: 'PYTHONUSERBASE="$PWD/base" "$PYTHON" -m pip install --user --no-deps "$WHEEL"',
  },
  { title: 'path: without PATH', script: `PATH=/nowhere "$PYTHON" -m pip install --no-deps --target t "$WHEEL"` },
  {
    title: 'uv path: an index on loopback',
    script: 'UV_DEFAULT_INDEX="$EVIL" "$UV" pip install --target t evil',
    needsUv: true,
  },
  {
    title: 'path: a login shell',
    script: `bash -lc 'cd ~/projects/path-a-login-shell && pip install --isolated --proxy= --no-deps --target t "$WHEEL"'`,
  },
  {
    title: 'path: a folder elsewhere',
    script: `mkdir -p ~/elsewhere/deep && cd ~/elsewhere/deep && "$PYTHON" -m pip install --no-deps --target t "$WHEEL"`,
  },
  { title: 'uv path: a URL', script: '"$UV" pip install --target t "$EVIL"evil-99.0-py3-none-any.whl', needsUv: true },
  {
    title: 'uv path: a source of the project',
    script: `printf 'requires-python = ">=3.9"\\ndependencies = ["evil"]\\n[tool.uv.sources]\\nevil = { path = "%s" }\\n' "$WHEEL" >>pyproject.toml
"$UV" sync`,
    needsUv: true,
  },
];

const kindOf = ({ title }: Vector): string => title.split(':', 1)[0] ?? title;
const cases = (vectors: readonly Vector[]) =>
  representatives(
    vectors
      .filter(({ needsUv }) => needsUv !== true || uvFolder !== undefined)
      .filter(({ isSlow }) => isSlow !== true || runsEveryCase),
    kindOf,
  );

describe('an installer of a script is checked as at the top', () => {
  test.each(cases(rejected))('$title', async ({ title, script }) => {
    const reached = hostile.requests.length;
    const ran = await exec(title, script);
    expect([ran.exitCode, ran.stderr]).toEqual([64, expect.stringContaining('awspip:')]);
    expect(hostile.requests.slice(reached)).toEqual([]);
    expect(await distributionsIn(title, 't')).toEqual([]);
  });
});

describe('an installer of a script uses the relay, also if the script sets another index', () => {
  test.each(cases(redirected))('$title', async ({ title, script }) => {
    const reached = hostile.requests.length;
    const ran = await exec(title, script);
    expect([ran.exitCode, ran.stderr]).toEqual([0, expect.any(String)]);
    expect(hostile.requests.slice(reached)).toEqual([]);
    expect(await distributionsIn(title, 't')).toEqual(['good-1.0']);
  });
});

describe('an unvetted release is an error, wherever it was installed', () => {
  test.each(cases(found))('$title', async ({ title, script }) => {
    const ran = await exec(title, script);
    expect([ran.exitCode, ran.stderr]).toEqual([10, expect.stringMatching(/evil 99\.0.*was installed in `/)]);
  });
});

/** A backend that builds the project without any requirement. */
const backend = `import os, zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name, info = "mine-0.1-py3-none-any.whl", "mine-0.1.dist-info/"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: mine\\nVersion: 0.1\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "")
    return name
build_editable = build_wheel
`;

/** What a script may do without vetting, or with vetted releases only. */
const honest: readonly Vector[] = [
  {
    title: 'environment: with pip, the project and a vetted release',
    script: `cat >backend.py <<'END'
${backend}END
printf '[build-system]\\nrequires = []\\nbuild-backend = "backend"\\nbackend-path = ["."]\\n' >>pyproject.toml
set -e
python3 -m venv .venv && .venv/bin/pip install good && .venv/bin/pip install -e .`,
    isSlow: true,
  },
  {
    title: 'environment: of virtualenv',
    script: 'python3 -m venv a && a/bin/python -m ensurepip --upgrade',
    isSlow: true,
  },
  { title: 'copied: an environment without its installer', script: 'cp -r ../../projects/first/target copied' },
  {
    title: 'uv: from its cache',
    script: 'uv pip install --target a good && uv pip install --target b --reinstall good',
    needsUv: true,
  },
  {
    title: 'uv: an environment with pip',
    script: 'python3 -m venv v && VIRTUAL_ENV=$PWD/v "$UV" pip install other',
    needsUv: true,
    isSlow: true,
  },
];

describe('what needs no vetting is no error', () => {
  test.each(cases(honest))('$title', async ({ title, script }) => {
    const ran = await exec(title, script);
    expect([ran.exitCode, ran.stderr]).toEqual([0, expect.not.stringContaining('was installed')]);
  });

  longTest('two commands at the same time in one project', async () => {
    const ran = await Promise.all([
      exec('both', 'pip install --target a good; sleep 1'),
      exec('both', 'pip install --target b other; sleep 1'),
    ]);
    expect(ran.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
      [0, expect.any(String)],
      [0, expect.any(String)],
    ]);
  });
});

test('Python runs with its own path, environment and arguments', async () => {
  const code = 'import sys; print(sys.executable, sys.prefix, sys.argv)';
  const script = `mkdir -p 'a b' && python3 -m venv --without-pip 'a b/v' && PATH="$PATH" python3 -c '${code}' "x y" -m pip
PATH="\${PATH%%:*}:$PWD/a b/v/bin:$PATH" python3 -c '${code}'`;
  const ran = await exec('plain', script);
  const folder = user.path('projects', 'plain');
  const venv = path.join(folder, 'a b', 'v');
  expect(ran.stdout.split('\n')).toEqual([
    `${python} ${path.dirname(path.dirname(python))} ['-c', 'x y', '-m', 'pip']`,
    `${path.join(venv, 'bin', 'python3')} ${venv} ['-c']`,
    '',
  ]);
});

test('`python -m pip` runs no module of the working folder', async () => {
  const script = `echo 'open("ran", "w")' | tee pip.py typing.py >/dev/null; python3 -m pip install --target t good; ls`;
  const ran = await exec('modules', script);
  expect([ran.exitCode, ran.stdout.split('\n')]).toEqual([0, expect.not.arrayContaining(['ran'])]);
  expect(await exec('modules', 'good', ['python3', '-m', 'pip', 'install', '--target', 'u'])).toMatchObject({
    exitCode: 0,
  });
  expect(await readdir(user.path('projects', 'modules'))).not.toContain('ran');
});

test('a program reaches other hosts through the relay, but not as an installer', async () => {
  const request = (agent: string) =>
    `no_proxy= NO_PROXY= "$PYTHON" -c 'import sys, urllib.request as r; print(r.urlopen(r.Request(sys.argv[1], headers={"User-Agent": "${agent}"})).status)' "$EVIL"`;
  const reached = hostile.requests.length;
  expect(await exec('reaches', request('tests/1.0'))).toMatchObject({ exitCode: 0, stdout: '200\n' });
  expect(hostile.requests.slice(reached)).toEqual(['GET /simple/']);
  const blocked = await exec('blocked', request('pip/24.0'));
  expect([blocked.exitCode, blocked.stderr]).toEqual([1, expect.stringContaining(new URL(hostile.origin).host)]);
  expect(hostile.requests.slice(reached)).toHaveLength(1);
});

test('the folder of the shims is removed', async () => {
  const ran = await exec('removed', 'echo "$AWSPIP_EXEC_FOLDER"; ls -ld "$AWSPIP_EXEC_FOLDER" | cut -c1-10');
  const [folder = '', mode] = ran.stdout.split('\n');
  expect([mode, await readdir(folder).catch(() => 'absent')]).toEqual(['drwx------', 'absent']);
});
