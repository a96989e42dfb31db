import { AwspipError } from '../errors.ts';
import { type NamedIndex, sameIndexKey } from '../index/named-indexes.ts';
import type { InstallCallbacks, Report } from '../install/types.ts';
import { isDefaultIndex } from '../pip/default-index.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { listedUrls, withListedNames } from '../pip/listed-indexes.ts';
import type { UnvettedSource } from '../pip/roots.ts';
import { oneLine } from '../printable.ts';

type SourceText = {
  /** What is wrong with the source, to follow its name. */
  readonly problem: string;
  /** What to do instead. */
  readonly hint: string;
};

/** The sources that awspip rejects; docs/troubleshooting.md shows them. */
export const sourceTexts: Readonly<Record<UnvettedSource['kind'], SourceText>> = {
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
    hint: 'name it on the command line with `-r`',
  },
  'missing-digest': {
    problem: 'is pinned to a file without a sha256',
    hint: 'write the lock file again with `awspip lock`, which records the sha256 of every file',
  },
  url: { problem: 'is a file at a URL, which is not vetted', hint: 'name a project and a version instead' },
  vcs: {
    problem: 'is a version control repository, which is not vetted',
    hint: 'name a project and a version instead',
  },
  'hook-repository': {
    problem: 'is a repository of hooks, which is not vetted',
    hint: 'use a `repo: local` hook with `additional_dependencies`',
  },
  'local-file': {
    problem: 'is a local file, which is not vetted',
    hint: 'name a project and a version instead',
  },
  project: {
    problem: 'is a folder outside this project, which is not vetted',
    hint: 'run the command inside that project',
  },
};

/** Returns the hint for a source: how to do without it, or how to allow it. */
function hintFor({ kind, allowedBy }: UnvettedSource): string {
  const { hint } = sourceTexts[kind];
  if (allowedBy === undefined) return hint;
  const allow = `allow it without vetting: \`${shellWord(`--awspip-open=${allowedBy}`)}\``;
  return kind === 'find-links' ? `remove \`--find-links\`, or ${allow}` : `${hint}, or ${allow}`;
}

/** Returns a word as a POSIX shell reads it. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Checks, before pip starts, that everything comes from the vetted repository.
 *
 * @throws {AwspipError} `source-not-vetted` (64), which names the option, or the file and line.
 */
export function rejectUnvetted(command: PipCommand, sources: readonly UnvettedSource[]): void {
  if (command.options.some(({ name }) => name === '--proxy')) {
    throw notVetted('`--proxy` would bypass the vetted repository', 'set `HTTPS_PROXY` instead');
  }
  // `--no-index` is accepted with an allowed folder, so the folder decides.
  const first = sources.find(({ kind }) => kind !== 'no-index') ?? sources[0];
  if (first === undefined) return;
  const { problem } = sourceTexts[first.kind];
  const location = first.where === 'argument' ? '' : `${oneLine(first.where)}: `;
  throw notVetted(`${location}\`${oneLine(first.value)}\` ${problem}`, hintFor(first));
}

/**
 * Returns a check that passes over pip's default index and the indexes of the policy, reports each once, and rejects every
 * other source.
 *
 * @param canReplace whether the program can be made to use the vetted repository in place of such an index. pip can.
 */
export function acceptVetted(
  command: PipCommand,
  report: Report,
  canReplace: (source: UnvettedSource) => boolean = () => true,
): (sources: readonly UnvettedSource[]) => void {
  const reported = new Set<string>();
  return (sources) => {
    const isPassedOver = (source: UnvettedSource): boolean =>
      (isNamedDefault(source) || source.listedNames !== undefined) && canReplace(source);
    rejectUnvetted(
      command,
      sources.filter((source) => !isPassedOver(source)),
    );
    for (const { where, value, listedNames: names } of sources.filter(isPassedOver)) {
      const key = names === undefined ? 'default' : sameIndexKey(value.trim());
      if (reported.has(key)) continue;
      reported.add(key);
      report(
        names === undefined ? { code: 'default-index', where, value } : { code: 'listed-index', where, value, names },
      );
    }
  };
}

/** Returns a check that also knows the indexes of the policy. They are read only if a source may be one of them. */
export function acceptListed(
  accept: (sources: readonly UnvettedSource[]) => void,
  readIndexes: () => Promise<readonly NamedIndex[]>,
): InstallCallbacks['accept'] {
  return async (found) => {
    const sources = await withListedNames(found, readIndexes);
    accept(sources);
    return listedUrls(sources);
  };
}

function isNamedDefault({ kind, value }: UnvettedSource): boolean {
  return (kind === 'index-url' || kind === 'extra-index-url') && isDefaultIndex(value);
}

function notVetted(message: string, hint: string): AwspipError {
  return new AwspipError('source-not-vetted', message, { exit: 'usage', hint });
}
