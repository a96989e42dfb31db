import { AwspipError } from '../errors.ts';

/** Returns the error for an unreadable file that is named like a lock file. pip might still use it. */
export function unreadableLock(displayPath: string): AwspipError {
  return new AwspipError(
    'lock-file-unreadable',
    `\`${displayPath}\` is not a readable lock file (pylock.toml, PEP 751)`,
    {
      exit: 'usage',
      hint: 'recreate it, for example with `awspip lock -r requirements.txt`',
    },
  );
}

/** Returns the error for a variable that has another value for pip. */
export function ambiguousVariable(name: string, where: string): AwspipError {
  return new AwspipError('unclear-variable', `${where}: \`$\{${name}}\` has another value for pip than for awspip`, {
    exit: 'usage',
    hint: 'replace the variable with its value',
  });
}

/** Returns the error for an input beyond a limit. */
export function tooMany(limit: string): AwspipError {
  return new AwspipError('requirements-too-large', `more than ${limit}`, {
    exit: 'usage',
    hint: 'split the requirements into several `awspip install` runs',
  });
}
