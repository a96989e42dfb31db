#!/usr/bin/env node
// Creates virtual environments with old and new pips for `npm run test:pips`, with the interpreters of this machine.
// `--on-path` uses only interpreters on PATH, `--newest` only the newest pip (both for CI). Prints a line for each
// environment that cannot be created.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Each version of pip with the newest Python that it supports. Undefined means the newest pip. */
const pipVersions = [
  { pip: '20.3.4', newest: '3.9' },
  { pip: '21.3.1', newest: '3.10' },
  { pip: '22.3.1', newest: '3.11' },
  { pip: '23.3.2', newest: '3.12' },
  { pip: '24.3.1', newest: '3.13' },
  { pip: '25.3', newest: '3.14' },
  { pip: undefined, newest: '3.14' },
];

const folder =
  process.env.AWSPIP_TEST_PIPS_DIRECTORY ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'awspip-test-pips');
const wheels = path.join(folder, 'wheels');
mkdirSync(wheels, { recursive: true });

const interpreters = await findInterpreters();
const environments = [];
const selected = process.argv.includes('--newest') ? pipVersions.filter(({ pip }) => pip === undefined) : pipVersions;
for (const { pip, newest } of selected) environments.push(...(await prepare(pip, newest)));
if (selected === pipVersions) environments.push(...(await debianPip()));
writeFileSync(path.join(folder, 'pips.json'), `${JSON.stringify(environments, null, 2)}\n`);
for (const { pip, python, from } of environments) process.stdout.write(`pip ${pip} on ${from}: ${python}\n`);

async function prepare(pip, newest) {
  const suitable = interpreters.filter(({ version }) => isAtMost(version, newest));
  for (const { python, version } of suitable) {
    try {
      return [await environment(pip, python, version)];
    } catch (error) {
      process.stderr.write(`pip ${pip ?? '(newest)'} on Python ${version} skipped: ${firstLine(error)}\n`);
    }
  }
  if (suitable.length === 0)
    process.stderr.write(`pip ${pip ?? '(newest)'} skipped: there is no Python up to ${newest}\n`);
  return [];
}

async function environment(pip, python, version) {
  const wheel = await fetchWheel(pip, version);
  const exact = path.basename(wheel).split('-')[1];
  const home = path.join(folder, `pip-${exact}-python-${version}`);
  const ownPython = path.join(home, 'bin', 'python');
  if (!existsSync(path.join(home, 'ready'))) {
    rmSync(home, { recursive: true, force: true });
    await run(python, ['-m', 'venv', '--without-pip', home]);
    await run(ownPython, [path.join(wheel, 'pip'), 'install', '--no-index', '--no-deps', wheel]);
    writeFileSync(path.join(home, 'ready'), '');
  }
  const { stdout } = await run(ownPython, ['-m', 'pip', '--version']);
  if (!stdout.startsWith(`pip ${exact} `)) throw new Error(`\`pip --version\` printed ${stdout.trim()}`);
  return { pip: exact, python: ownPython, from: `Python ${version}` };
}

/** Downloads the wheel of one pip from the configured index of this machine's pip. Keeps it for later runs. */
async function fetchWheel(pip, version) {
  const find = () => {
    const names = readdirSync(wheels).filter((name) => name.startsWith(`pip-${pip ?? ''}`) && name.endsWith('.whl'));
    return pip === undefined ? undefined : names.find((name) => name.split('-')[1] === pip);
  };
  const cached = find();
  if (cached !== undefined) return path.join(wheels, cached);
  const fresh = path.join(wheels, 'fresh');
  rmSync(fresh, { recursive: true, force: true });
  const fetcher = interpreters.at(0)?.python ?? 'python3';
  const options = ['--only-binary=:all:', '--python-version', version, '--no-deps', '--quiet', '--dest', fresh];
  await run(fetcher, ['-m', 'pip', 'download', ...options, pip === undefined ? 'pip' : `pip==${pip}`]);
  const [name] = readdirSync(fresh);
  const wheel = path.join(wheels, name);
  if (!existsSync(wheel)) {
    const { renameSync } = await import('node:fs');
    renameSync(path.join(fresh, name), wheel);
  }
  return wheel;
}

/** Returns Debian's patched pip, if it is installed. */
async function debianPip() {
  const python = '/usr/bin/python3';
  try {
    const { stdout } = await run(python, ['-m', 'pip', '--version']);
    const [, pip, location] = /^pip (\S+) from (\S+)/.exec(stdout) ?? [];
    return location?.includes('/dist-packages/') ? [{ pip: `${pip} (Debian)`, python, from: 'the system' }] : [];
  } catch {
    process.stderr.write("Debian's pip skipped: it is not installed\n");
    return [];
  }
}

/** Returns the interpreters of this machine, newest first. */
async function findInterpreters() {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((entry) => path.isAbsolute(entry));
  const pyenv = path.join(os.homedir(), '.pyenv', 'versions');
  if (!process.argv.includes('--on-path') && existsSync(pyenv)) {
    folders.unshift(...readdirSync(pyenv).map((name) => path.join(pyenv, name, 'bin')));
  }
  const found = new Map();
  for (const entry of folders.filter((directory) => existsSync(directory))) {
    for (const name of readdirSync(entry).filter((file) => /^python3(\.\d+)?$/.test(file))) {
      const version = await versionOf(path.join(entry, name));
      if (version !== undefined && !found.has(version)) found.set(version, path.join(entry, name));
    }
  }
  const all = [...found].map(([version, python]) => ({ version, python }));
  return all.sort((a, b) => minor(b.version) - minor(a.version));
}

async function versionOf(python) {
  try {
    const script = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
    return (await run(python, ['-c', script])).stdout.trim();
  } catch {
    return undefined;
  }
}

function minor(version) {
  return Number(version.split('.')[1]);
}

function isAtMost(version, newest) {
  return minor(version) <= minor(newest);
}

function firstLine(error) {
  const { stderr, message } = error ?? {};
  return String(stderr || message || error)
    .trim()
    .split('\n')
    .at(-1)
    ?.slice(0, 200);
}
