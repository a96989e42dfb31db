import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileInParallel } from '../../../src/pip/parallel-bytecode.ts';
import { pipCommand } from '../../../src/pip/pip-command.ts';
import { until } from '../../helpers/awspip.ts';
import { wheel } from '../../helpers/distributions.ts';

/** Takes some milliseconds to compile, so that all of them take longer than pip's own process compiles alone. */
const module = Array.from({ length: 300 }, (_, at) => `def function_${at}(a, b=${at}):\n    return {a: [b, a + b]}\n`);
const modules = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`module_${at}.py`, module.join('')]));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-bytecode-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const hasSeveralProcessors = os.availableParallelism() > 1;
/** Linux lists the children of a process there. */
const listsChildren = existsSync(`/proc/self/task/${process.pid}/children`);

describe('what pip installs', () => {
  const first = wheel({
    name: 'first',
    version: '1.0',
    files: Object.fromEntries(Object.entries(modules).map(([name, text]) => [`first/${name}`, text])),
  });
  const second = wheel({
    name: 'second',
    version: '1.0',
    files: {
      'second/café/__init__.py': '# coding: latin-1\nNAME = "caf\\xe9"\n',
      'second/inner/module.py': module.join(''),
      'second/inner/broken.py': 'def broken(:\n',
    },
  });
  beforeAll(async () => {
    for (const { filename, bytes } of [first, second]) await writeFile(path.join(folder, filename), bytes);
  });

  const environment = { PIP_CONFIG_FILE: '/dev/null', PIP_DISABLE_PIP_VERSION_CHECK: '1' };
  const python = { command: ['python3', '-m', 'pip'], python: 'python3', from: 'path' } as const;

  /** Installs both with pip, with awspip's start or without it. */
  async function install(isPlain: boolean, ...options: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await startInstall(isPlain, ...options);
    expect(exitCode, stderr).toBe(0);
  }

  function startInstall(isPlain: boolean, ...options: readonly string[]) {
    const names = [first, second].map(({ filename }) => path.join(folder, filename));
    const argv = ['install', '--no-index', '--no-deps', ...options, ...names];
    const plain = { command: ['python3', '-m', 'pip', ...argv], environment } as const;
    const { command, environment: env } = isPlain ? plain : pipCommand(python, argv, { environment });
    const [file = '', ...rest] = command;
    return execa(file, rest, { env, cwd: folder, detached: true, reject: false });
  }

  /** Returns each file with its content; of a `.pyc` file, whether it has one. */
  async function filesIn(target: string): Promise<Record<string, string | boolean>> {
    const names = await readdir(target, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    const contents = files.sort().map(async (file): Promise<[string, string | boolean]> => {
      const bytes = await readFile(file);
      return [path.relative(target, file), file.endsWith('.pyc') ? bytes.length > 16 : bytes.toString('latin1')];
    });
    return Object.fromEntries(await Promise.all(contents));
  }

  /** The one difference: the compiled file of a module that can't be compiled is in RECORD. */
  const withoutBroken = (files: Record<string, string | boolean>) =>
    Object.fromEntries(
      Object.entries(files).map(([name, content]) => [
        name,
        typeof content === 'string' ? content.replace(/^.*broken\.[^/]*\.pyc,,\n/m, '') : content,
      ]),
    );

  test.each([[[]], [['--no-compile']]])(
    'is what pip alone installs, with RECORD, into --target %j',
    async (options) => {
      const [plain, ours] = [true, false].map((isPlain) =>
        path.join(folder, `${isPlain ? 'plain' : 'ours'}${options.length}`),
      ) as [string, string];
      await install(true, '--target', plain, ...options);
      await install(false, '--target', ours, ...options);
      const expected = await filesIn(plain);
      expect(Object.keys(expected).some((name) => name.endsWith('.pyc'))).toBe(options.length === 0);
      expect(withoutBroken(await filesIn(ours))).toEqual(expected);
    },
  );

  test('is complete when pip reports success, in a virtual environment, also after an upgrade', async () => {
    const home = path.join(folder, 'environment');
    await execa('python3', ['-m', 'venv', '--without-pip', home]);
    for (const _ of ['install', 'again']) {
      const pip = startInstall(false, '--prefix', home, '--force-reinstall', '--ignore-installed');
      const incomplete: string[][] = [];
      pip.stdout.on('data', (text: Buffer) => {
        if (text.includes('Successfully installed first-1.0 second-1.0')) incomplete.push(emptyIn(home));
      });
      await pip;
      expect(incomplete).toEqual([[]]);
      expect(Object.keys(await filesIn(home)).filter((name) => name.endsWith('.pyc')).length).toBeGreaterThan(120);
    }
  });

  test.runIf(hasSeveralProcessors)('may be interrupted while modules are compiled, without a trace', async () => {
    const home = path.join(folder, 'interrupted');
    await mkdir(home);
    const pip = startInstall(false, '--prefix', home, '--ignore-installed');
    await until('a module to be handed over', () => emptyIn(home).length > 0);
    process.kill(-(pip.pid as number), 'SIGINT');
    const { exitCode, stderr } = await pip;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('Operation cancelled by user'),
    });
    expect(stderr).not.toContain('Traceback');
  });

  /** Returns the compiled files that are still empty. */
  function emptyIn(home: string): string[] {
    const names = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.pyc'));
    return names.filter((name) => statSync(path.join(home, name), { throwIfNoEntry: false })?.size === 0);
  }
});

type CompileOptions = {
  /** Options of Python. */
  readonly start?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Python that runs before awspip's. */
  readonly before?: string;
  readonly python?: string;
};

describe.runIf(hasSeveralProcessors)('other processes', () => {
  /** Compiles files as pip does, and returns what it printed. */
  async function compile(
    name: string,
    files: Record<string, string>,
    more: string,
    { start = [], env = {}, before = '', python = 'python3' }: CompileOptions = {},
  ) {
    const source = path.join(folder, name, 'pip-target-1');
    await mkdir(source, { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(source, file), text);
    const code = `import sys\n${before}\n${compileInParallel}
import compileall, importlib.util, json, os, resource, shutil, signal
source = sys.argv[1]
def faults(): return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
before = faults()  # of what started Python
results = {}
for name in sorted(os.listdir(source)):
    path = os.path.join(source, name)
    results[name] = compileall.compile_file(path, force=True, quiet=True)
    assert not results[name] or os.path.exists(importlib.util.cache_from_source(path))
def sizes(folder):
    cache = os.path.join(folder, '__pycache__')
    return [os.path.getsize(os.path.join(cache, name)) for name in sorted(os.listdir(cache))]
${more}
`;
    const { stdout, stderr } = await execa(python, [...start, '-c', code, source], { env });
    expect(stderr).toBe('');
    return JSON.parse(stdout.split('\n').at(-1) ?? '') as unknown;
  }

  test('compile the files, and have ended when pip moves them', async () => {
    const more = `target = source + '-moved'
shutil.move(source, target)
print(json.dumps([min(sizes(target)) > 0, len(sizes(target)), faults() > before]))`;
    expect(await compile('moved', modules, more)).toEqual([true, 120, true]);
  });

  test('do not start for a small install', async () => {
    const more = `shutil.move(source, source + '-moved')
print(json.dumps([results, faults() - before]))`;
    const few = { 'a.py': 'a = 1\n', 'broken.py': 'def broken(:\n' };
    expect(await compile('small', few, more)).toEqual([{ 'a.py': true, 'broken.py': false }, 0]);
  });

  test('do not start if they would not find the library of Python, or would write elsewhere', async () => {
    const { stdout: home } = await execa('python3', ['-c', 'import sys; print(sys.base_prefix)']);
    for (const [at, env] of [{ PYTHONHOME: home }, { PYTHONPYCACHEPREFIX: path.join(folder, 'caches') }].entries()) {
      const more = 'print(json.dumps([len(results), faults() - before]))';
      expect(await compile(`alone${at}`, modules, more, { env })).toEqual([120, 0]);
    }
  });

  test('are not needed: if none can start, pip compiles alone', async () => {
    const more = 'print(json.dumps([all(results.values()), min(sizes(source)) > 0, faults() - before]))';
    const before = "sys.executable = '/no/such/python'";
    expect(await compile('none', modules, more, { before })).toEqual([true, true, 0]);
  });

  test('leave no file for a module that cannot be compiled', async () => {
    const files = { ...modules, 'z_broken.py': 'def broken(:\n', 'z_last.py': 'a = 1\n' };
    const more = `shutil.move(source, source + '-moved')
names = os.listdir(os.path.join(source + '-moved', '__pycache__'))
print(json.dumps([name.split('.')[0] for name in names if name.startswith('z_')]))`;
    expect(await compile('broken', files, more)).toEqual(['z_last']);
  });

  test.runIf(listsChildren)(
    'may be killed: the installation goes on, and Python imports modules that were not compiled',
    async () => {
      const more = `children = open('/proc/self/task/%d/children' % os.getpid()).read().split()
for child in children: os.kill(int(child), signal.SIGKILL)
late = os.path.join(source, 'z_late.py')
open(late, 'w').write('VALUE = 7\\n')
for _ in range(8): compileall.compile_file(late, force=True, quiet=True)
shutil.move(source, source + '-moved')
sys.path.insert(0, source + '-moved')
import module_119, z_late
print(json.dumps([len(children) > 0, module_119.function_7(1), z_late.VALUE]))`;
      expect(await compile('killed', modules, more)).toEqual([true, { 1: [7, 8] }, 7]);
    },
  );

  test('run with the optimization of pip', async () => {
    const more = `shutil.move(source, source + '-moved')
names = os.listdir(os.path.join(source + '-moved', '__pycache__'))
print(json.dumps([len(names), all(name.endswith('.opt-2.pyc') for name in names), min(sizes(source + '-moved')) > 0]))`;
    expect(await compile('optimized', modules, more, { start: ['-OO'] })).toEqual([120, true, true]);
  });

  test('run no code of the folders that pip installs into', async () => {
    const home = path.join(folder, 'hooks');
    await execa('python3', ['-m', 'venv', '--without-pip', home]);
    const python = path.join(home, 'bin', 'python');
    const { stdout: site } = await execa(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
    const ran = path.join(folder, 'ran');
    const before = `import os
open(${JSON.stringify(path.join(site, 'hook.pth'))}, 'w').write('import os; open(${JSON.stringify(ran)}, "w")\\n')`;
    const more = `shutil.move(source, source + '-moved')
print(json.dumps(faults() > before))`;
    expect(await compile('hooked', modules, more, { python, before })).toBe(true);
    expect(existsSync(ran)).toBe(false);
    await execa(python, ['-c', '']);
    expect(existsSync(ran)).toBe(true);
  });
});
