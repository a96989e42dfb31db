import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A process that runs Python code. */
export type PythonCommand = {
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
};

/** The launcher as in `src`, as in `dist`, and as in `dist/chunks`. Its folder holds nothing else. */
const candidates = ['./pip/python/launch.py', './python/launch.py', '../python/launch.py'];

function launcher(): string {
  const files = candidates.map((file) => fileURLToPath(new URL(file, import.meta.url)));
  return files.find((file) => existsSync(file)) ?? (files[0] as string);
}

/**
 * Returns the process that runs code in an interpreter, with arguments as `sys.argv[1:]`. No module of the working
 * directory can run in it. `python -m` and `python -c` would import from there, and so would an empty or relative entry
 * of `PYTHONPATH`. The code's own processes get the user's `PYTHONPATH`.
 */
export function pythonCommand(
  python: string,
  code: string,
  processArguments: readonly string[],
  variables: Readonly<Record<string, string | undefined>> = process.env,
): PythonCommand {
  const { PYTHONPATH: modulePath = '', ...others } = variables;
  const inherited = Object.entries(others).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const entries = modulePath.split(path.delimiter);
  const absolute = entries.filter((entry) => path.isAbsolute(entry)).join(path.delimiter);
  const isChanged = absolute !== modulePath;
  return {
    command: [python, launcher(), code, isChanged ? modulePath : '', ...processArguments],
    environment: { ...Object.fromEntries(inherited), ...(absolute !== '' && { PYTHONPATH: absolute }) },
  };
}
