import { AwspipError } from '../../errors.ts';
import { parsePipArguments } from '../../pip/grammar.ts';
import { fallbackFile, sourceRoot } from '../../review/source-root.ts';
import { decideMode, type Mode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { openProgress } from '../progress.ts';
import { acceptListed, acceptVetted } from '../reject-unvetted.ts';
import { folderJson, folderJunit, folderSarif, folderText } from '../review/folder-formats.ts';
import {
  type FileResult,
  type FolderResult,
  fileResult,
  folderResult,
  vettedReleases,
} from '../review/folder-result.ts';
import { plainStyle } from '../terminal.ts';

type Flags = { readonly format: 'text' | 'json' | 'sarif' | 'junit'; readonly output?: string };

/**
 * Vets every file with requirements below a folder. Returns the result as text, and the exit code.
 *
 * @throws {AwspipError} `usage` (64) with further arguments, and for a folder that can't be read.
 */
export async function vetFolder(
  folder: string,
  others: readonly string[],
  flags: Flags,
  resolved: ResolvedSettings,
  context: Context,
): Promise<{ readonly text: string; readonly summary: string; readonly exitCode: number }> {
  if (others.length > 0) {
    throw new AwspipError('usage', `\`--all\` takes one folder, and no requirements or options of pip: ${others[0]}`, {
      exit: 'usage',
      hint: 'run `awspip vet` once for the folder and once for the requirements',
    });
  }
  const mode = decideMode(resolved, context.environment.CI);
  const result = await collect(folder, mode, resolved, context);
  const summary = folderText(result, Date.now(), context.terminal.style);
  return { text: textOf(result, folder, mode, flags, context), summary, exitCode: result.exitCode };
}

async function collect(
  folder: string,
  mode: Mode,
  resolved: ResolvedSettings,
  context: Context,
): Promise<FolderResult> {
  const reviewService = await (await context.compose(resolved)).reviewService();
  const progress = await openProgress(resolved.values.progress, context.terminal);
  const done: FileResult[] = [];
  const accept = acceptVetted(parsePipArguments(['install']), progress.report);
  try {
    const outcome = await reviewService.vetFolder(mode, folder, {
      report: progress.report,
      accept: acceptListed(accept, async () => (await reviewService.policyNotes(mode)).indexes),
      onFile: ({ done: number, total, last }) => {
        const result = last && fileResult(last);
        if (result !== undefined) done.push(result);
        progress.report({
          ...{ code: 'file-ends', done: number, total, vetted: vettedReleases(done) },
          last: result && { file: result.file, result: summaries[result.reason] ?? 'is not vetted' },
        });
      },
    });
    return folderResult(outcome, { asks: mode === 'aws' });
  } finally {
    progress.stop();
  }
}

const summaries: Readonly<Record<string, string>> = {
  ok: 'may be installed',
  blocked: 'has a blocked package',
  held: 'has a package on hold',
  notFound: 'has a package that does not exist',
};

function textOf(
  result: FolderResult,
  folder: string,
  mode: Mode,
  flags: Flags,
  { terminal, version, cwd }: Context,
): string {
  switch (flags.format) {
    case 'text':
      return folderText(result, Date.now(), flags.output === undefined ? terminal.stdoutStyle : plainStyle);
    case 'json':
      return folderJson(result, { version, stack: mode, folder });
    case 'sarif':
      return folderSarif(result, { version, cwd, root: sourceRoot(cwd), fallback: fallbackFile([], cwd) });
    case 'junit':
      return folderJunit(result);
  }
}
