import { spawn } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StartedProcess } from './types.ts';

type DetachedOptions = {
  readonly stateDirectory: string;
  /** What `awspip local serve` reads. It may contain secrets. */
  readonly configuration: object;
  /** A unique part of the name of the configuration file. */
  readonly id: string;
  /** The file descriptor for the output of the process. */
  readonly logFile: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/**
 * Starts this program as `awspip local serve`, detached so that it outlives this process.
 *
 * Other users can see the arguments of a process, so the configuration is in a file that only the user can read.
 */
export function startDetached({
  stateDirectory,
  configuration,
  id,
  logFile,
  environment,
}: DetachedOptions): StartedProcess {
  const file = path.join(stateDirectory, `start-${id}.json`);
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(configuration), { mode: 0o600, flag: 'wx' });
  const child = spawn(process.execPath, [realpathSync(process.argv[1] ?? ''), 'local', 'serve', file], {
    detached: true,
    stdio: ['ignore', logFile, logFile],
    cwd: stateDirectory,
    env: stackVariables(environment),
    windowsHide: true,
  });
  child.unref();
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  return { pid: child.pid, exited };
}

/**
 * Returns the variables of the stack's process, without those of AWS and awspip. The configuration file is complete, and
 * the stack needs no credentials. Builds can read its variables while they run.
 */
export function stackVariables(environment: DetachedOptions['environment']): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(AWS_|AWSPIP_|CODEARTIFACT_|ACTIONS_ID_TOKEN_)/.test(name)),
  );
}
