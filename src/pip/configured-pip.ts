import path from 'node:path';
import { homeFolder } from '../folders.ts';
import type { ProcessContext } from '../process-context.ts';
import { dataFolder } from '../settings/folders.ts';
import { findPip, type PipProgram } from './find-pip.ts';
import { searchPath } from './search-path.ts';

/** Finds the pip to run. `excludedPythons` lists interpreters without pip. */
export function configuredPip(
  { settings, environment }: Pick<ProcessContext, 'settings' | 'environment'>,
  excludedPythons: readonly string[] = [],
): Promise<PipProgram> {
  return findPip({
    python: settings.python,
    virtualEnv: environment.VIRTUAL_ENV,
    path: searchPath(environment),
    ownPaths: [process.argv[1] ?? '', ...shimPaths(environment)],
    excludedPythons,
  });
}

/** Returns the shims of `awspip setup`. They start awspip again, so using one as an interpreter would loop forever. */
function shimPaths(environment: ProcessContext['environment']): string[] {
  const folder = path.join(dataFolder({ platform: process.platform, home: homeFolder(), environment }), 'shims');
  return ['pip', 'pip3'].map((name) => path.join(folder, name));
}
