import type { ProjectName } from '../index/types.ts';
import type { Observed } from '../relay/types.ts';
import type { InstallPorts } from './types.ts';

type RunPip = InstallPorts['runPip'];

/** Tells whether the 404s that the relay saw are real. */
export type MissingProof = (observed: Observed) => Promise<boolean>;

/**
 * Returns a proof for one command. CodeArtifact may answer 404 to a stale token, so the first missing project is asked
 * for again with a fresh one. One answer settles the command: the token is fresh from then on.
 */
export function missingProof({
  mayHideStaleToken,
  proveMissing,
}: {
  /** Whether a 404 of the repository may come from a stale token. */
  readonly mayHideStaleToken: boolean;
  /** Asks the repository for a project with a fresh token. */
  readonly proveMissing: (name: ProjectName) => Promise<'missing' | 'token-was-stale'>;
}): MissingProof {
  let proven = !mayHideStaleToken;
  return async (observed) => {
    const name = proven ? undefined : firstMissing(observed);
    if (name === undefined) return true;
    proven = true;
    return (await proveMissing(name)) === 'missing';
  };
}

/** Returns a run of pip whose 404s are real: pip runs again if the token was stale. `settle` follows a success. */
export function provenRun(
  runPip: RunPip,
  proof: MissingProof,
  settle: (pages: Observed['pages']) => Promise<void>,
): RunPip {
  const run: RunPip = async (argv) => {
    const ran = await runPip(argv);
    if (ran.run.exitCode === 0) {
      await settle(ran.observed.pages);
      return ran;
    }
    return ran.run.interrupted || (await proof(ran.observed)) ? ran : run(argv);
  };
  return run;
}

/** Returns nothing if the relay had trouble, which is reported as what it is. */
function firstMissing({ pages, trouble }: Observed): ProjectName | undefined {
  if (trouble.length > 0) return undefined;
  return [...pages].find(([, { status }]) => status === 404)?.[0];
}
