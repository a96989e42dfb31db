import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Pip, pipSuite } from '../pips/suite.ts';

/** As many as there is time for; `npm run test:pips` takes them all. */
const most = 1;

/** The pips that interpreters on PATH bring along, each version once: nothing is fetched for this. */
function pipsOnPath(): Pip[] {
  const found = new Map<string, Pip>();
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  for (const folder of folders) {
    const python = path.join(folder, 'python3');
    const pip = found.size < most ? pipOf(python) : undefined;
    if (pip !== undefined && !found.has(pip.pip)) found.set(pip.pip, pip);
  }
  return [...found.values()];
}

function pipOf(candidate: string): Pip | undefined {
  try {
    accessSync(candidate, constants.X_OK);
    const script = 'import sys, platform, pip; print(sys.executable, pip.__version__, platform.python_version())';
    const said = execFileSync(candidate, ['-c', script], { encoding: 'utf8' }).trim().split(' ');
    const [python = '', pip = '', version] = said;
    return Number.parseFloat(pip) < 20.3 ? undefined : { pip, python, from: `Python ${version}` };
  } catch {
    return undefined;
  }
}

pipSuite(pipsOnPath(), { brief: true });
