import { AwspipError } from '../errors.ts';

/** A file named like a lock file that pip might take for one and we cannot. */
export function noLock(shown: string): AwspipError {
  return new AwspipError('lock-file-unreadable', `${shown} is no lock file that can be read (pylock.toml, PEP 751)`, {
    exit: 'usage',
    hint: 'write it anew, as with `awspip lock -r requirements.txt`, or name a requirements file',
  });
}

/** A variable that pip sees another value of: what a file fills in from it cannot be told. */
export function unclearVariable(name: string, where: string): AwspipError {
  return new AwspipError('unclear-variable', `${where}: \`$\{${name}}\` is another to pip than to you`, {
    exit: 'usage',
    hint: 'write out what it is to stand for',
  });
}

/** More of something than any command asks for. */
export function tooMany(what: string): AwspipError {
  return new AwspipError('requirements-too-large', `more than ${what}`, {
    exit: 'usage',
    hint: 'split the requirements over several runs of awspip install',
  });
}
