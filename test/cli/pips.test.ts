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

function pipOf(python: string): Pip | undefined {
  try {
    accessSync(python, constants.X_OK);
    const [, pip, from] =
      /^pip (\S+) .*\((.+)\)/.exec(execFileSync(python, ['-m', 'pip', '--version'], { encoding: 'utf8' })) ?? [];
    return pip === undefined || Number.parseFloat(pip) < 20.3 ? undefined : { pip, python, from: from ?? 'PATH' };
  } catch {
    return undefined;
  }
}

pipSuite(pipsOnPath(), { brief: true });
