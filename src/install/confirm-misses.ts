import type { ProjectName } from '../index/types.ts';
import type { Observed } from '../relay/types.ts';
import type { InstallPorts } from './types.ts';

type RunPip = InstallPorts['runPip'];

/** Checks whether the 404s that the relay saw are real. */
export type MissConfirmation = (observed: Observed) => Promise<boolean>;

/**
 * Returns the confirmation of one command. CodeArtifact may answer 404 to a stale token. So the first missing project is
 * requested again with a fresh token, which is good for the rest of the command.
 */
export function missConfirmation({
  mayHideExpiredToken,
  confirmMissing,
}: {
  /** Whether the repository may answer 404 because of a stale token. */
  readonly mayHideExpiredToken: boolean;
  /** Requests a project from the repository with a fresh token. */
  readonly confirmMissing: (name: ProjectName) => Promise<'missing' | 'token-expired'>;
}): MissConfirmation {
  let confirmed = !mayHideExpiredToken;
  return async (observed) => {
    const name = confirmed ? undefined : firstMissing(observed);
    if (name === undefined) return true;
    confirmed = true;
    return (await confirmMissing(name)) === 'missing';
  };
}

/**
 * Returns a run of pip whose 404s are confirmed: pip runs again if the token was stale. `rewriteOutputFiles` replaces
 * the relay's address in the files that pip wrote.
 */
export function confirmMisses(
  runPip: RunPip,
  confirmation: MissConfirmation,
  rewriteOutputFiles: (pages: Observed['pages']) => Promise<void>,
): RunPip {
  const run: RunPip = async (argv) => {
    const result = await runPip(argv);
    if (result.run.exitCode === 0) {
      await rewriteOutputFiles(result.observed.pages);
      return result;
    }
    return result.run.interrupted || (await confirmation(result.observed)) ? result : run(argv);
  };
  return run;
}

/** Returns the first missing project; undefined if the relay had failures, which are reported instead. */
function firstMissing({ pages, failures }: Observed): ProjectName | undefined {
  if (failures.length > 0) return undefined;
  return [...pages].find(([, { status }]) => status === 404)?.[0];
}
