import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { captureOutput } from '../pip/capture.ts';
import { plainEnvironment } from '../pip/environment.ts';
import type { ProcessContext } from '../process-context.ts';
import { pythonCommand } from '../python-command.ts';

/**
 * Returns a function that reads the prefixes of an interpreter by running it, once: it can run while an installer does.
 * An interpreter that was replaced since, such as that of an environment that the installer made again, runs once more.
 */
export function prefixReader(
  environment: ProcessContext['environment'],
  read = readPrefixes,
): (python: string) => Promise<readonly string[]> {
  const known = new Map<string, Promise<readonly string[]>>();
  return async (python) => {
    const identity = `${python}\n${await identityOf(python)}`;
    const prefixes = known.get(identity) ?? read(python, environment);
    known.set(identity, prefixes);
    return prefixes;
  };
}

/** Returns what changes if another interpreter takes the place of this one. */
async function identityOf(python: string): Promise<string> {
  const configuration = path.join(path.dirname(path.dirname(python)), 'pyvenv.cfg');
  const [real, ...times] = await Promise.all([
    realpath(python).catch(() => ''),
    ...[python, configuration].map(async (file) => (await stat(file).catch(() => undefined))?.mtimeMs ?? ''),
  ]);
  return [real, ...times].join('\n');
}

async function readPrefixes(python: string, environment: ProcessContext['environment']): Promise<readonly string[]> {
  const code = 'import json, sys\nprint(json.dumps([sys.prefix, sys.base_prefix]))';
  const process = pythonCommand(python, code, [], plainEnvironment(environment));
  const { exitCode, stdout } = await captureOutput(process.command, { environment: process.environment });
  const prefixes: unknown = exitCode === 0 ? JSON.parse(stdout.trim().split('\n').at(-1) ?? '') : [];
  return Array.isArray(prefixes) ? prefixes.filter((prefix) => typeof prefix === 'string') : [];
}
