import type { ProjectName } from '../index/types.ts';
import type { Observed } from '../relay/types.ts';
import type { InstallPorts } from './types.ts';

type RunPip = InstallPorts['runPip'];

/** What a run of pip needs around it. */
export type ProvenRunPorts = {
  /** Whether a 404 of the repository may come from a stale token. */
  readonly mayHideExpiredToken: boolean;
  /** Asks the repository for a project with a fresh token. */
  readonly proveMissing: (name: ProjectName) => Promise<'missing' | 'token-expired'>;
  /** Rewrites the relay's address in the files that pip wrote. */
  readonly settle: (pages: Observed['pages']) => Promise<void>;
};

/**
 * Returns a run of pip whose 404s are real. CodeArtifact may answer 404 to a stale token, so the first missing project
 * is asked for again with a fresh one. If it is found, pip runs again.
 */
export function provenRun(runPip: RunPip, { mayHideExpiredToken, proveMissing, settle }: ProvenRunPorts): RunPip {
  let proven = !mayHideExpiredToken;
  const run: RunPip = async (argv) => {
    const ran = await runPip(argv);
    if (ran.run.exitCode === 0) {
      await settle(ran.observed.pages);
      return ran;
    }
    const name = proven || ran.run.interrupted ? undefined : firstMissing(ran.observed);
    if (name === undefined) return ran;
    proven = true;
    return (await proveMissing(name)) === 'missing' ? ran : run(argv);
  };
  return run;
}

/** Returns nothing if the relay had trouble, which is reported as what it is. */
function firstMissing({ pages, trouble }: Observed): ProjectName | undefined {
  if (trouble.length > 0) return undefined;
  return [...pages].find(([, { status }]) => status === 404)?.[0];
}
