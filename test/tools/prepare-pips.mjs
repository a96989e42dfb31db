#!/usr/bin/env node
// Makes virtual environments with old and new pips for `npm run test:pips`, on whatever interpreters this machine has.
// `--on-path` leaves out the interpreters that are not on PATH, `--newest` all pips but the newest (both for CI). What
// cannot be made is skipped, with a word.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Each pip with the newest Python it runs on; undefined is the newest pip there is. */
const wanted = [
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
const made = [];
const chosen = process.argv.includes('--newest') ? wanted.filter(({ pip }) => pip === undefined) : wanted;
for (const { pip, newest } of chosen) made.push(...(await prepare(pip, newest)));
if (chosen === wanted) made.push(...(await debian()));
writeFileSync(path.join(folder, 'pips.json'), `${JSON.stringify(made, null, 2)}\n`);
for (const { pip, python, from } of made) process.stdout.write(`pip ${pip} on ${from}: ${python}\n`);

async function prepare(pip, newest) {
  const fits = interpreters.filter(({ version }) => atMost(version, newest));
  for (const { python, version } of fits) {
    try {
      return [await environment(pip, python, version)];
    } catch (error) {
      process.stderr.write(`pip ${pip ?? '(newest)'} on Python ${version} skipped: ${firstLine(error)}\n`);
    }
  }
  if (fits.length === 0) process.stderr.write(`pip ${pip ?? '(newest)'} skipped: no Python up to ${newest} is here\n`);
  return [];
}

async function environment(pip, python, version) {
  const wheel = await fetchWheel(pip, version);
  const exact = path.basename(wheel).split('-')[1];
  const home = path.join(folder, `pip-${exact}-python-${version}`);
  const own = path.join(home, 'bin', 'python');
  if (!existsSync(path.join(home, 'ready'))) {
    rmSync(home, { recursive: true, force: true });
    await run(python, ['-m', 'venv', '--without-pip', home]);
    await run(own, [path.join(wheel, 'pip'), 'install', '--no-index', '--no-deps', wheel]);
    writeFileSync(path.join(home, 'ready'), '');
  }
  const { stdout } = await run(own, ['-m', 'pip', '--version']);
  if (!stdout.startsWith(`pip ${exact} `)) throw new Error(`it says ${stdout.trim()}`);
  return { pip: exact, python: own, from: `Python ${version}` };
}

/** The wheel of one pip from whatever index this machine's pip is set to, kept for later runs. */
async function fetchWheel(pip, version) {
  const find = () => {
    const names = readdirSync(wheels).filter((name) => name.startsWith(`pip-${pip ?? ''}`) && name.endsWith('.whl'));
    return pip === undefined ? undefined : names.find((name) => name.split('-')[1] === pip);
  };
  const known = find();
  if (known !== undefined) return path.join(wheels, known);
  const fresh = path.join(wheels, 'fresh');
  rmSync(fresh, { recursive: true, force: true });
  const fetcher = interpreters.at(0)?.python ?? 'python3';
  const forThat = ['--only-binary=:all:', '--python-version', version, '--no-deps', '--quiet', '--dest', fresh];
  await run(fetcher, ['-m', 'pip', 'download', ...forThat, pip === undefined ? 'pip' : `pip==${pip}`]);
  const [name] = readdirSync(fresh);
  const kept = path.join(wheels, name);
  if (!existsSync(kept)) {
    const { renameSync } = await import('node:fs');
    renameSync(path.join(fresh, name), kept);
  }
  return kept;
}

/** Debian's own patched pip, where it is installed. */
async function debian() {
  const python = '/usr/bin/python3';
  try {
    const { stdout } = await run(python, ['-m', 'pip', '--version']);
    const [, pip, place] = /^pip (\S+) from (\S+)/.exec(stdout) ?? [];
    return place?.includes('/dist-packages/') ? [{ pip: `${pip} (Debian)`, python, from: 'the system' }] : [];
  } catch {
    process.stderr.write("Debian's pip skipped: it is not here\n");
    return [];
  }
}

/** Newest first. */
async function findInterpreters() {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((entry) => path.isAbsolute(entry));
  const pyenv = path.join(os.homedir(), '.pyenv', 'versions');
  if (!process.argv.includes('--on-path') && existsSync(pyenv)) {
    folders.unshift(...readdirSync(pyenv).map((name) => path.join(pyenv, name, 'bin')));
  }
  const found = new Map();
  for (const entry of folders.filter((place) => existsSync(place))) {
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
    const words = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
    return (await run(python, ['-c', words])).stdout.trim();
  } catch {
    return undefined;
  }
}

function minor(version) {
  return Number(version.split('.')[1]);
}

function atMost(version, newest) {
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
