import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runsEveryCase } from '../helpers/long-form.ts';
import { type Pip, pipSuite } from '../pips/suite.ts';

/** Only the machine's own pip and the newest are tested here. `npm run test:pips` tests all. */
const maxOnPath = 1;

/** Returns the newest pip, which is fetched once; nothing if PyPI is not reachable. */
function newestPip(): Pip[] {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache');
  const folder = path.join(cache, 'awspip-test-pips', 'newest');
  const script = path.resolve(import.meta.dirname, '../tools/prepare-pips.mjs');
  const env = { ...process.env, AWSPIP_TEST_PIPS_DIRECTORY: folder };
  execFileSync(process.execPath, [script, '--on-path', '--newest'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return JSON.parse(readFileSync(path.join(folder, 'pips.json'), 'utf8')) as Pip[];
}

/** Returns the pips of interpreters on PATH, each version once. */
function pipsOnPath(): Pip[] {
  const found = new Map<string, Pip>();
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  for (const folder of folders) {
    const python = path.join(folder, 'python3');
    const pip = found.size < maxOnPath ? configuredPip(python) : undefined;
    if (pip !== undefined && !found.has(pip.pip)) found.set(pip.pip, pip);
  }
  return [...found.values()];
}

function configuredPip(candidate: string): Pip | undefined {
  try {
    accessSync(candidate, constants.X_OK);
    const script = 'import sys, platform, pip; print(sys.executable, pip.__version__, platform.python_version())';
    const output = execFileSync(candidate, ['-c', script], { encoding: 'utf8' });
    const [python = '', pip = '', version] = output.trim().split(' ');
    return Number.parseFloat(pip) < 20.3 ? undefined : { pip, python, from: `Python ${version}` };
  } catch {
    return undefined;
  }
}

const newest = newestPip();

// All other tests run with the machine's own pip.
pipSuite(newest.length === 0 || runsEveryCase ? [...pipsOnPath(), ...newest] : newest, { brief: true });
