import { codeArtifactClient } from '../aws/clients.ts';
import type { InstallCallbacks, OpenInstall } from '../cli/context.ts';
import { type RepositoryAccess, repositoryAccess } from '../codeartifact/access.ts';
import { tokenCache } from '../codeartifact/token-cache.ts';
import { temporaryFolder } from '../folders.ts';
import { type Http, openHttp } from '../index/http.ts';
import type { NetworkSettings } from '../index/types.ts';
import { unrequested } from '../install/install-check.ts';
import type { InstallPorts } from '../install/types.ts';
import { ownPages } from '../installers/configured-index.ts';
import { captureOutput } from '../pip/capture.ts';
import { isolatedArguments, pipEnvironment, plainEnvironment } from '../pip/environment.ts';
import { readFailure } from '../pip/failure.ts';
import { requireSupportedPip } from '../pip/find.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { copyLocks } from '../pip/lock-sources.ts';
import { probeEnvironment } from '../pip/probe.ts';
import { gatherRoots } from '../pip/roots.ts';
import { runPip } from '../pip/run.ts';
import { pipVersionFromUserAgent } from '../pip/user-agent.ts';
import { openVcsGuard } from '../pip/vcs-guard.ts';
import { startRelay } from '../relay/relay.ts';
import type { Observed, Relay } from '../relay/types.ts';
import { Secret } from '../secret.ts';
import type { Mode } from '../settings/mode.ts';
import { version } from '../version.ts';
import { afterPip, aroundPip } from './checked-pip.ts';
import { awsDeployment, type Deployment, localDeployment } from './deployment.ts';
import { readMachine } from './pip-machine.ts';
import { type InstallCheck, openInstallCheck, rootsPorts, surroundings } from './pip-ports.ts';
import { type ProcessContext, pipOf } from './process-context.ts';
import { openVetting } from './vetting.ts';

/** Opens everything one install needs: the relay, pip, and the way to the workflow. */
export async function openInstall(
  context: ProcessContext,
  command: PipCommand,
  mode: Mode,
  { report, accept }: InstallCallbacks,
): Promise<OpenInstall> {
  const reading = await rootsPorts(context, command);
  const gathered = await gatherRoots(command, reading);
  const closers: (() => Promise<unknown>)[] = [gathered.cleanup];
  const close = async () => {
    await Promise.all(closers.map((end) => end()));
  };
  try {
    accept(gathered.unvetted);
    const deployment = await deploymentOf(context, mode);
    const { relay, access, http } = await openRelay(context, deployment, closers);
    const { roots, buildRoots, constraints, options, target } = gathered;
    const lockCopies = await copyLocks(gathered.argv, gathered.locks, { ...reading, indexUrl: relay.indexUrl });
    closers.push(lockCopies.cleanup);
    const postProcessing = await afterPip(context, command, { ...reading, argv: lockCopies.argv });
    closers.push(postProcessing.cleanup);
    const installCheck = await openInstallCheck(context, command, reading);
    closers.push(installCheck.cleanup);
    const vcsGuard = await openVcsGuard(context.environment.PATH ?? '', {
      temporaryFolder: temporaryFolder(),
      platform: process.platform,
    });
    closers.push(vcsGuard.cleanup);
    const pip = pipPorts(context, command, relay, { ...installCheck, path: vcsGuard.path });
    const ownAccess = ownAccessOf(context, deployment);
    // Somebody may have changed a file while it waited for a verdict: a requirements file is read again with pip.
    const repeated = parsePipArguments(gathered.argv);
    const readAgain = async () => {
      const { unvetted, cleanup } = await gatherRoots(repeated, reading);
      await cleanup();
      accept(unvetted);
    };
    const lastingPages = isLocal(deployment) && command.verb === 'lock' ? lastingPagesOf(context) : undefined;
    const around = { deployment, relay, access, ownAccess, http, postProcessing, lastingPages };
    const runPip = aroundPip(beforeLaterRuns(pip.runPip, readAgain), around);
    return {
      wanted: { argv: postProcessing.argv, roots, buildRoots, constraints, options, target },
      ports: { ...pip, runPip, ...openVetting(context, deployment, report), report, now: context.now },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The stack on this machine is at another address tomorrow: where it had its files from stays. */
function lastingPagesOf(context: ProcessContext) {
  return async (pages: Observed['pages']): Promise<Observed['pages']> => {
    const own = await ownPages([...pages.keys()], context);
    return new Map([...pages, ...[...own].map(([name, page]) => [name, { status: 200, page }] as const)]);
  };
}

type OpenRelay = { readonly relay: Relay; readonly access: RepositoryAccess; readonly http: Http };

/** The relay between an installer and the repository; `closers` end it. */
export async function openRelay(
  context: ProcessContext,
  deployment: Deployment,
  closers: (() => Promise<unknown>)[],
): Promise<OpenRelay> {
  const access = openAccess(context, deployment);
  const token = access.token();
  token.catch(() => {}); // fetched while pip starts; whoever needs it hears of its failure
  if (deployment.mayAsk && process.stdin.isTTY === true) await token; // a code may be asked for: pip must not wait for a person
  const http = openHttp(isLocal(deployment) ? onThisMachine : networkOf(context));
  closers.push(() => http.close());
  const relay = await startRelay({
    endpoint: await access.endpoint(),
    token: async () => (await access.token()).token,
    renewToken: async () => (await access.renew()).token,
    http,
    version,
  });
  closers.unshift(() => relay.close());
  return { relay, access, http };
}

/** No proxy leads to the stack on this machine: one would be handed its token. */
const onThisMachine: NetworkSettings = { trustedHosts: [], timeoutSeconds: 15 };

/** The repository is reached as pip would reach it, and with what AWS alone was given certificates for. */
export function networkOf(context: ProcessContext): NetworkSettings {
  const { network } = readMachine(context);
  const caFile = network.caFile ?? (context.environment.AWS_CA_BUNDLE || undefined);
  return caFile === undefined ? network : { ...network, caFile };
}

/** AWS, or the local stack, which is started if it does not run. */
export async function deploymentOf(context: ProcessContext, mode: Mode): Promise<Deployment> {
  if (mode === 'aws') return awsDeployment(context.settings, context.environment);
  const { runningStack } = await import('./stack.ts');
  return localDeployment(await runningStack(context));
}

export function openAccess(context: ProcessContext, deployment: Deployment): RepositoryAccess {
  const { settings, now, stateDirectory } = context;
  const { domain, domainOwner, repository, identity, profile } = deployment;
  return repositoryAccess({
    client: () => codeArtifactClient(deployment.client),
    domain,
    domainOwner,
    repository,
    identity,
    profile,
    cache: settings.tokenCache ? tokenCache({ directory: `${stateDirectory}/tokens`, now }) : undefined,
    givenToken: givenToken(context, deployment),
    givenEndpoint: isLocal(deployment) ? undefined : settings.endpoint,
    now,
  });
}

/** A token from elsewhere is for AWS: the local stack gives out its own. */
function givenToken({ settings }: ProcessContext, deployment: Deployment): Secret | undefined {
  const { authorizationToken } = settings;
  return authorizationToken === undefined || isLocal(deployment) ? undefined : new Secret(authorizationToken);
}

/** The same repository with a token of our own, where one was given. */
export function ownAccessOf(context: ProcessContext, deployment: Deployment): RepositoryAccess | undefined {
  return givenToken(context, deployment) && openAccess(withoutGivenToken(context), deployment);
}

function withoutGivenToken(context: ProcessContext): ProcessContext {
  return { ...context, settings: { ...context.settings, authorizationToken: undefined } };
}

function isLocal({ identity }: Deployment): boolean {
  return identity[0] === 'local';
}

type PipPorts = Pick<InstallPorts, 'runPip' | 'environment' | 'release'>;

/** The first run comes at once after what was looked at. */
function beforeLaterRuns(runPip: PipPorts['runPip'], look: () => Promise<void>): PipPorts['runPip'] {
  let runs = 0;
  return async (argv) => {
    runs += 1;
    if (runs > 1) await look();
    return runPip(argv);
  };
}

type Bounds = Pick<InstallCheck, 'read' | 'reportFile'> & { readonly path: string };

function pipPorts(
  context: ProcessContext,
  command: PipCommand,
  relay: Relay,
  { read, reportFile, path }: Bounds,
): PipPorts {
  const base = { ...context.environment, PATH: path };
  const environment = pipEnvironment(base, relay, { ...surroundings(context, command), reportFile });
  const without: string[] = [];
  const program = () => pipOf(context, without);
  const runOnce: PipPorts['runPip'] = async (argv) => {
    relay.forget();
    const found = await program();
    const run = await runPip(found, isolatedArguments({ ...command, argv }), {
      environment,
      cwd: process.cwd(),
      stderr: process.stderr,
      holdMissingLines: true,
      ownReport: reportFile !== undefined,
      signals: process,
    });
    if (run.exitCode === 1 && readFailure(run.stderr).noPip) {
      without.push(found.python); // `program` throws when there is no other to turn to
      return runOnce(argv);
    }
    const pipVersion = pipVersionFromUserAgent(relay.observed().userAgent ?? '');
    if (run.exitCode !== 0 && pipVersion !== undefined) requireSupportedPip(pipVersion);
    const installed = run.exitCode === 0 ? await read(argv, found, run.startedAt) : undefined;
    await relay.consult(unrequested(installed ?? [], relay.observed()));
    return { run, observed: relay.observed(), installed };
  };
  return {
    runPip: runOnce,
    environment: async () => {
      const probed = await probeEnvironment(await program(), captureOutput, plainEnvironment(context.environment));
      requireSupportedPip(probed.pipVersion);
      return probed.environment;
    },
    release: (heldBack) => {
      process.stderr.write(heldBack);
    },
  };
}
