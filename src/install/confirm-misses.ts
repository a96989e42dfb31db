import type { ProjectName } from '../index/types.ts';
import type { Observed } from '../relay/types.ts';
import type { InstallPorts } from './types.ts';

type RunPip = InstallPorts['runPip'];

/** The outside services of a run of pip with confirmed 404s. */
export type ConfirmationPorts = {
  /** Whether the repository may answer 404 because of a stale token. */
  readonly mayHideStaleToken: boolean;
  /** Requests a project from the repository with a fresh token. */
  readonly confirmMissing: (name: ProjectName) => Promise<'missing' | 'token-was-stale'>;
  /** Replaces the relay's address in the files that pip wrote. */
  readonly rewriteOutputFiles: (pages: Observed['pages']) => Promise<void>;
};

/**
 * Returns a run of pip whose 404s are confirmed. CodeArtifact may answer 404 to a stale token. So the first missing
 * project is requested again with a fresh token, and pip runs again if it exists.
 */
export function confirmMisses(
  runPip: RunPip,
  { mayHideStaleToken, confirmMissing, rewriteOutputFiles }: ConfirmationPorts,
): RunPip {
  let confirmed = !mayHideStaleToken;
  const run: RunPip = async (argv) => {
    const result = await runPip(argv);
    if (result.run.exitCode === 0) {
      await rewriteOutputFiles(result.observed.pages);
      return result;
    }
    const name = confirmed || result.run.interrupted ? undefined : firstMissing(result.observed);
    if (name === undefined) return result;
    confirmed = true;
    return (await confirmMissing(name)) === 'missing' ? result : run(argv);
  };
  return run;
}

/** Returns the first missing project; undefined if the relay had failures, which are reported instead. */
function firstMissing({ pages, failures }: Observed): ProjectName | undefined {
  if (failures.length > 0) return undefined;
  return [...pages].find(([, { status }]) => status === 404)?.[0];
}
