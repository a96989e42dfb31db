import { AwspipError, exitCodes } from '../errors.ts';
import { exitOf } from '../install/exit.ts';
import type { InstallResult, Report } from '../install/types.ts';
import { annotations, ciOf, groupedProgress, summaryOf } from './ci.ts';
import type { Context } from './context.ts';
import { presentResult } from './present-result.ts';
import type { Progress } from './progress.ts';
import { type Obstacle, obstacleOfError, obstaclesOf } from './problems.ts';

/** Everything an install shows, on whatever it is shown. */
export type Screen = {
  readonly report: Report;
  /** Says how it ended; answers what stood in the way. */
  readonly finish: (result: InstallResult, verb: string | undefined) => Promise<readonly Obstacle[]>;
  /** Clears the screen for an error, and marks it for a build server; the words are said elsewhere. */
  readonly fail: (error: unknown) => Promise<void>;
};

/** The terminal, and beside it what a build server understands. */
export function openScreen(
  progress: Progress,
  { terminal, environment, readText, writeText }: Pick<Context, 'terminal' | 'environment' | 'readText' | 'writeText'>,
  now: () => number = Date.now,
): Screen {
  const ci = ciOf(environment);
  const { report, stop } =
    ci === undefined ? progress : groupedProgress(progress, ci, { stderr: terminal.stderr, now });
  let seconds: number | undefined;

  const mark = async (
    obstacles: readonly Obstacle[],
    { releases, passedOver }: Pick<InstallResult, 'releases' | 'passedOver'>,
    exitCode: number,
  ): Promise<void> => {
    if (ci === undefined) return;
    for (const line of annotations(ci, obstacles, passedOver)) terminal.stderr.write(line);
    const summary = summaryOf(obstacles, releases, exitCode);
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
      const obstacles = obstaclesOf(result, { verb, seconds });
      presentResult(result, obstacles, terminal);
      await mark(obstacles, result, exitOf(result).exitCode);
      return obstacles;
    },
    async fail(error) {
      stop();
      const obstacles = error instanceof AwspipError ? [obstacleOfError(error)] : [];
      await mark(
        obstacles,
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
