import { AwspipError, exitCodes } from '../errors.ts';
import { exitOf } from '../install/exit.ts';
import type { InstallResult, Report } from '../install/types.ts';
import { annotations, ciOf, groupedProgress, summaryOf } from './ci.ts';
import type { Context } from './context.ts';
import { presentResult } from './present-result.ts';
import { type Problem, type ProblemContext, problemOfError, problemsOf } from './problems.ts';
import type { Progress } from './progress.ts';

/** Shows an install to people and to build servers. */
export type Reporter = {
  readonly report: Report;
  /** Shows how the install ended. Returns why it failed. */
  readonly finish: (
    result: InstallResult,
    context: Pick<ProblemContext, 'verb' | 'locations' | 'files' | 'asks'>,
  ) => Promise<readonly Problem[]>;
  /** Ends the progress line and annotates the error for a build server. The caller prints the error. */
  readonly fail: (error: unknown) => Promise<void>;
};

/** Opens the reporter for a terminal and, in CI, for the build server. */
export function openReporter(
  progress: Progress,
  { terminal, environment, readText, writeText }: Pick<Context, 'terminal' | 'environment' | 'readText' | 'writeText'>,
  now: () => number = Date.now,
): Reporter {
  const ci = ciOf(environment);
  const { report, stop } =
    ci === undefined ? progress : groupedProgress(progress, ci, { stderr: terminal.stderr, now });
  let seconds: number | undefined;

  const annotate = async (
    problems: readonly Problem[],
    { releases, passedOver }: Pick<InstallResult, 'releases' | 'passedOver'>,
    exitCode: number,
  ): Promise<void> => {
    if (ci === undefined) return;
    for (const line of annotations(ci, problems, { passedOver, releases })) terminal.stderr.write(line);
    const summary = summaryOf(problems, releases, exitCode);
    if (ci.summaryFile === undefined || summary === undefined) return;
    // A summary that can't be written must not fail the build.
    await appendText(ci.summaryFile, summary, { readText, writeText }).catch(() => {});
  };

  return {
    report: (event) => {
      if (event.code === 'vetting-ends') seconds = event.seconds;
      report(event);
    },
    async finish(result, context) {
      stop();
      const problems = problemsOf(result, { ...context, seconds });
      presentResult(result, problems, now(), terminal);
      await annotate(problems, result, exitOf(result).exitCode);
      return problems;
    },
    async fail(error) {
      stop();
      const problems = error instanceof AwspipError ? [problemOfError(error)] : [];
      await annotate(
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
