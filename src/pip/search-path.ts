import path from 'node:path';

/** The variable with the folder of an outer `awspip exec`, which is first on PATH. */
export const execFolderVariable = 'AWSPIP_EXEC_FOLDER';
/** Name of the file in it with the relay's addresses. Only the user can read it. */
export const relayFile = 'relay.json';

/** Returns PATH without the shims of an outer `awspip exec`. A shim starts awspip again. */
export function searchPath(environment: Readonly<Record<string, string | undefined>>): string {
  const { PATH = '', [execFolderVariable]: folder } = environment;
  if (folder === undefined) return PATH;
  return PATH.split(path.delimiter)
    .filter((entry) => entry !== folder)
    .join(path.delimiter);
}
