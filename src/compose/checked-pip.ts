import { readFile, writeFile } from 'node:fs/promises';
import { codeArtifactClient } from '../aws/clients.ts';
import type { RepositoryAccess } from '../codeartifact/access.ts';
import { proveMissing } from '../codeartifact/missing-proof.ts';
import { AwspipError } from '../errors.ts';
import { temporaryFolder } from '../folders.ts';
import type { Http } from '../index/http.ts';
import type { ProjectName } from '../index/types.ts';
import type { InstallPorts } from '../install/types.ts';
import { localFiles } from '../pip/files.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { openPostProcessing, type PostProcessing } from '../pip/post-processing.ts';
import type { RootsPorts } from '../pip/roots.ts';
import type { Observed, Relay } from '../relay/types.ts';
import { version } from '../version.ts';
import type { Deployment } from './deployment.ts';
import type { ProcessContext } from './process-context.ts';

type RunPip = InstallPorts['runPip'];

type Surroundings = {
  readonly deployment: Deployment;
  readonly relay: Relay;
  readonly access: RepositoryAccess;
  /** The same repository with a token of our own, where one was given. */
  readonly ownAccess: RepositoryAccess | undefined;
  readonly http: Http;
  readonly postProcessing: Pick<PostProcessing, 'settle'>;
  /** Pages whose addresses outlast this machine's own stack, for a lock file to name. */
  readonly lastingPages?: ((pages: Observed['pages']) => Promise<Observed['pages']>) | undefined;
};

/** What pip writes, freed of the relay's name once it has ended. */
export function afterPip(
  { unique }: ProcessContext,
  command: PipCommand,
  { argv, configuration = { options: [] } }: Pick<RootsPorts, 'configuration'> & { readonly argv: readonly string[] },
): Promise<PostProcessing> {
  const files = {
    ...localFiles(temporaryFolder()),
    readText: (file: string) => readFile(file, 'utf8'),
    writeText: (file: string, text: string) => writeFile(file, text),
  };
  const print = (text: string) => new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  return openPostProcessing(command, argv, {
    folder: process.cwd(),
    configured: configuration,
    files,
    print,
    unique,
  });
}

/**
 * pip's run with what belongs before and after it: a 404 is believed only once it is proven, and what pip wrote names
 * the repository. A stale token, which CodeArtifact may answer with 404, is replaced and pip runs again.
 */
export function aroundPip(runPip: RunPip, surroundings: Surroundings): RunPip {
  const { deployment, relay, access, postProcessing } = surroundings;
  let proven = deployment.identity[0] === 'local'; // the stack on this machine says 401 when it means it
  const run: RunPip = async (argv) => {
    const ran = await runPip(argv);
    if (ran.run.exitCode === 0) {
      const { pages } = ran.observed;
      const written = { host: relay.host, endpoint: await access.endpoint(), pages };
      await postProcessing.settle({ ...written, pages: (await surroundings.lastingPages?.(pages)) ?? pages });
      return ran;
    }
    const name = proven || ran.run.interrupted ? undefined : firstMissing(ran.observed);
    if (name === undefined) return ran;
    proven = true;
    return (await prove(name, surroundings)) === 'missing' ? ran : run(argv);
  };
  return run;
}

function firstMissing({ pages, trouble }: Observed): ProjectName | undefined {
  if (trouble.length > 0) return undefined; // told as what it is
  return [...pages].find(([, { status }]) => status === 404)?.[0];
}

async function prove(name: ProjectName, { deployment, access, ownAccess, http }: Surroundings) {
  const { domain, domainOwner, repository, profile } = deployment;
  const proof = await proveMissing({
    ...{ name, http, version, domain, domainOwner, repository, profile },
    endpoint: await access.endpoint(),
    freshToken: async () => (await (ownAccess ?? access).renew()).token,
    client: () => codeArtifactClient(deployment.client),
  }).catch((error: unknown) => {
    // A given token may be all there is: then nothing can be proven, and the 404 stands.
    if (ownAccess !== undefined && error instanceof AwspipError && error.exit === 'denied') return 'missing' as const;
    throw error;
  });
  if (proof === 'token-was-stale' && ownAccess !== undefined) {
    throw new AwspipError(
      'token-denied',
      'the token in CODEARTIFACT_AUTH_TOKEN is no good any more: a fresh one finds what it was answered 404 for',
      {
        exit: 'denied',
        hint: 'unset CODEARTIFACT_AUTH_TOKEN to let awspip fetch one, or put a fresh one there',
      },
    );
  }
  return proof;
}
