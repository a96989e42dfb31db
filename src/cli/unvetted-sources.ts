import { AwspipError } from '../errors.ts';
import type { PipCommand } from '../pip/grammar.ts';
import type { UnvettedSource } from '../pip/roots.ts';
import { printable } from '../printable.ts';

const kinds: Readonly<Record<UnvettedSource['kind'], { readonly words: string; readonly hint: string }>> = {
  'index-url': {
    words: 'another index',
    hint: 'leave `--index-url` (uv: `--default-index`) out: the vetted repository is the index',
  },
  'extra-index-url': {
    words: 'another index',
    hint: 'leave `--extra-index-url` (uv: `--index`) out: the vetted repository is the index',
  },
  'find-links': { words: 'files from elsewhere', hint: 'leave `--find-links` out and name projects and versions' },
  'no-index': { words: 'an install past every index', hint: 'leave `--no-index` out' },
  'remote-file': { words: 'a requirements file from an address', hint: 'download it, read it, and name the copy' },
  'lock-file': {
    words: 'a lock file that pip would read past awspip',
    hint: 'name it on the command line: `awspip install -r pylock.toml`',
  },
  'missing-digest': {
    words: 'pinned to a file without a sha256',
    hint: 'write the lock file anew, as with `awspip lock`, which notes the sha256 of every file',
  },
  url: { words: 'a file from an address', hint: 'name a project and a version instead, and it is vetted' },
  vcs: {
    words: 'a checkout from version control',
    hint: 'name a project and a version instead, and it is vetted, or open the repository with `--awspip-open=git+https://…`',
  },
  'local-file': {
    words: 'a file of unknown origin',
    hint: 'name a project and a version instead, and it is vetted, or open its folder with `--awspip-open=FOLDER`',
  },
  project: {
    words: 'a folder outside this project',
    hint: 'run the command in the project it belongs to, or open the folder with `--awspip-open=FOLDER`',
  },
};

/**
 * Refuses, before pip starts, what would come in unvetted: other indexes, addresses, files, version control.
 *
 * @throws {AwspipError} `source-not-vetted` (64), naming the option or the file and line.
 */
export function refuseUnvetted(command: PipCommand, unvetted: readonly UnvettedSource[]): void {
  if (command.options.some(({ name }) => name === '--proxy')) {
    throw refused('`--proxy` would lead pip past the vetted repository', 'set `HTTPS_PROXY` instead: awspip heeds it');
  }
  const [first] = unvetted;
  if (first === undefined) return;
  const { words, hint } = kinds[first.kind];
  const where = first.where === 'argument' ? '' : `${printable(first.where)}: `;
  throw refused(`${where}\`${printable(first.value)}\` is ${words}, which nothing has vetted`, hint);
}

function refused(message: string, hint: string): AwspipError {
  return new AwspipError('source-not-vetted', message, { exit: 'usage', hint });
}
