import { AwspipError, exitCodes } from '../errors.ts';
import { exitOf } from '../install/exit.ts';
import type { InstallResult, Report } from '../install/types.ts';
import { annotations, ciOf, groupedProgress, summaryOf } from './ci.ts';
import type { Context } from './context.ts';
import { presentResult } from './present-result.ts';
import { type Problem, problemOfError, problemsOf } from './problems.ts';
import type { Progress } from './progress.ts';

/** Everything an install shows, on whatever it is shown. */
export type Reporter = {
  readonly report: Report;
  /** Says how it ended; answers what stood in the way. */
  readonly finish: (result: InstallResult, verb: string | undefined) => Promise<readonly Problem[]>;
  /** Clears the screen for an error, and marks it for a build server; the words are said elsewhere. */
  readonly fail: (error: unknown) => Promise<void>;
};

/** The terminal, and beside it what a build server understands. */
export function openReporter(
  progress: Progress,
  { terminal, environment, readText, writeText }: Pick<Context, 'terminal' | 'environment' | 'readText' | 'writeText'>,
  now: () => number = Date.now,
): Reporter {
  const ci = ciOf(environment);
  const { report, stop } =
    ci === undefined ? progress : groupedProgress(progress, ci, { stderr: terminal.stderr, now });
  let seconds: number | undefined;

  const mark = async (
    problems: readonly Problem[],
    { releases, passedOver }: Pick<InstallResult, 'releases' | 'passedOver'>,
    exitCode: number,
  ): Promise<void> => {
    if (ci === undefined) return;
    for (const line of annotations(ci, problems, passedOver)) terminal.stderr.write(line);
    const summary = summaryOf(problems, releases, exitCode);
    if (ci.summaryFile === undefined || summary === undefined) return;
    // A summary that can't be written is no reason to fail a build.
    await appendText(ci.summaryFile, summary, { readText, writeText }).catch(() => {});
  };

  return {
    report: (event) => {
      if (event.code === 'vetting-ends') seconds = event.seconds;
      report(event);
    },
    async finish(result, verb) {
      stop();
      const problems = problemsOf(result, { verb, seconds });
      presentResult(result, problems, terminal);
      await mark(problems, result, exitOf(result).exitCode);
      return problems;
    },
    async fail(error) {
      stop();
      const problems = error instanceof AwspipError ? [problemOfError(error)] : [];
      await mark(
        problems,
        { releases: [], passedOver: [] },
        error instanceof AwspipError ? error.exitCode : exitCodes.bug.code,
      );
    },
  };
}

async function appendText(
  file: string,
  text: string,
  { readText, writeText }: Pick<Context, 'readText' | 'writeText'>,
): Promise<void> {
  await writeText(file, `${(await readText(file)) ?? ''}${text}`);
}
