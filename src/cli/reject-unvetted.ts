import { AwspipError } from '../errors.ts';
import type { PipCommand } from '../pip/grammar.ts';
import type { UnvettedSource } from '../pip/roots.ts';
import { oneLine } from '../printable.ts';

/** What is wrong with each kind of source, to follow its name, and what to do instead. */
const sourceTexts: Readonly<Record<UnvettedSource['kind'], { readonly problem: string; readonly hint: string }>> = {
  'index-url': {
    problem: 'is another index; awspip installs only from the vetted repository',
    hint: 'remove `--index-url` (uv: `--default-index`)',
  },
  'extra-index-url': {
    problem: 'is another index; awspip installs only from the vetted repository',
    hint: 'remove `--extra-index-url` (uv: `--index`)',
  },
  'find-links': {
    problem: 'offers files that are not vetted',
    hint: 'remove `--find-links`, and name projects and versions instead',
  },
  'no-index': { problem: 'excludes the vetted repository', hint: 'remove `--no-index`' },
  'remote-file': {
    problem: 'is a requirements file at a URL, and awspip reads only local ones',
    hint: 'download the file, check it, and give its path instead',
  },
  'lock-file': {
    problem: 'is a lock file that pip would read without awspip',
    hint: 'name it on the command line: `awspip install -r pylock.toml`',
  },
  'missing-digest': {
    problem: 'is pinned to a file without a sha256',
    hint: 'write the lock file again with `awspip lock`, which records the sha256 of every file',
  },
  url: { problem: 'is a file at a URL, which is not vetted', hint: 'name a project and a version instead' },
  vcs: {
    problem: 'is a version control repository, which is not vetted',
    hint: 'name a project and a version instead, or allow the repository with `--awspip-open=git+https://…`',
  },
  'local-file': {
    problem: 'is a local file, which is not vetted',
    hint: 'name a project and a version instead, or allow its folder with `--awspip-open=FOLDER`',
  },
  project: {
    problem: 'is a folder outside this project, which is not vetted',
    hint: 'run the command inside that project, or allow the folder with `--awspip-open=FOLDER`',
  },
};

/**
 * Checks, before pip starts, that everything comes from the vetted repository.
 *
 * @throws {AwspipError} `source-not-vetted` (64), which names the option, or the file and line.
 */
export function rejectUnvetted(command: PipCommand, sources: readonly UnvettedSource[]): void {
  if (command.options.some(({ name }) => name === '--proxy')) {
    throw notVetted('`--proxy` would bypass the vetted repository', 'set `HTTPS_PROXY` instead');
  }
  const [first] = sources;
  if (first === undefined) return;
  const { problem, hint } = sourceTexts[first.kind];
  const location = first.where === 'argument' ? '' : `${oneLine(first.where)}: `;
  throw notVetted(`${location}\`${oneLine(first.value)}\` ${problem}`, hint);
}

function notVetted(message: string, hint: string): AwspipError {
  return new AwspipError('source-not-vetted', message, { exit: 'usage', hint });
}
