import type { InstallWords, OpenInstall } from '../cli/context.ts';
import { type RepositoryAccess, repositoryAccess } from '../codeartifact/access.ts';
import { tokenCache } from '../codeartifact/token-cache.ts';
import { type Http, openHttp } from '../index/http.ts';
import { startRelay } from '../relay/relay.ts';
import type { Observed, Relay } from '../relay/types.ts';
import type { NetworkSettings } from '../index/types.ts';
import { unasked } from '../install/install-check.ts';
import type { InstallPorts } from '../install/types.ts';
import { captureOutput } from '../pip/capture.ts';
import { isolatedArguments, pipEnvironment, plainEnvironment } from '../pip/environment.ts';
import { readFailure } from '../pip/failure.ts';
import { openFence } from '../pip/vcs-guard.ts';
import { requireSupportedPip } from '../pip/find.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { placeLocks } from '../pip/lock-sources.ts';
import { probeEnvironment } from '../pip/probe.ts';
import { gatherRoots } from '../pip/roots.ts';
import { runPip } from '../pip/run.ts';
import { pipVersionFromUserAgent } from '../pip/user-agent.ts';
import { Secret } from '../secret.ts';
import type { Mode } from '../settings/mode.ts';
import { version } from '../version.ts';
import { afterPip, aroundPip } from './checked-pip.ts';
import { codeArtifactClient } from '../aws/clients.ts';
import { type Edge, pipOf } from './process-context.ts';
import { temporaryFolder } from '../folders.ts';
import { readMachine } from './pip-machine.ts';
import { ownPages } from '../installers/configured-index.ts';
import { type Arrivals, openArrivals, rootsPorts, surroundings } from './pip-ports.ts';
import { awsPlace, embeddedPlace, type Place } from './deployment.ts';
import { openVetting } from './vetting.ts';

/** Opens everything one install needs: the relay, pip, and the way to the workflow. */
export async function openInstall(
  edge: Edge,
  command: PipCommand,
  mode: Mode,
  { report, accept }: InstallWords,
): Promise<OpenInstall> {
  const reading = await rootsPorts(edge, command);
  const gathered = await gatherRoots(command, reading);
  const closers: (() => Promise<unknown>)[] = [gathered.cleanup];
  const close = async () => {
    await Promise.all(closers.map((end) => end()));
  };
  try {
    accept(gathered.foreign);
    const place = await placeOf(edge, mode);
    const { relay, access, http } = await openRelay(edge, place, closers);
    const { roots, buildRoots, constraints, options, target } = gathered;
    const placed = await placeLocks(gathered.argv, gathered.locks, { ...reading, indexUrl: relay.indexUrl });
    closers.push(placed.cleanup);
    const afterwards = await afterPip(edge, command, { ...reading, argv: placed.argv });
    closers.push(afterwards.cleanup);
    const arrivals = await openArrivals(edge, command, reading);
    closers.push(arrivals.cleanup);
    const fence = await openFence(edge.environment.PATH ?? '', {
      temporaryFolder: temporaryFolder(),
      platform: process.platform,
    });
    closers.push(fence.cleanup);
    const pip = pipPorts(edge, command, relay, { ...arrivals, path: fence.path });
    const ownAccess = ownAccessOf(edge, place);
    // Somebody may have changed a file while it waited for a verdict: a requirements file is read again with pip.
    const repeated = parsePipArguments(gathered.argv);
    const readAgain = async () => {
      const { foreign, cleanup } = await gatherRoots(repeated, reading);
      await cleanup();
      accept(foreign);
    };
    const lastingPages = isEmbedded(place) && command.verb === 'lock' ? lastingPagesOf(edge) : undefined;
    const around = { place, relay, access, ownAccess, http, afterwards, lastingPages };
    const runPip = aroundPip(beforeLaterRuns(pip.runPip, readAgain), around);
    return {
      wanted: { argv: afterwards.argv, roots, buildRoots, constraints, options, target },
      ports: { ...pip, runPip, ...openVetting(edge, place, report), report, now: edge.now },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The stack on this machine is at another address tomorrow: where it had its files from stays. */
function lastingPagesOf(edge: Edge) {
  return async (pages: Observed['pages']): Promise<Observed['pages']> => {
    const own = await ownPages([...pages.keys()], edge);
    return new Map([...pages, ...[...own].map(([name, page]) => [name, { status: 200, page }] as const)]);
  };
}

type OpenRelay = { readonly relay: Relay; readonly access: RepositoryAccess; readonly http: Http };

/** The relay between an installer and the repository; `closers` end it. */
export async function openRelay(edge: Edge, place: Place, closers: (() => Promise<unknown>)[]): Promise<OpenRelay> {
  const access = openAccess(edge, place);
  const token = access.token();
  token.catch(() => {}); // fetched while pip starts; whoever needs it hears of its failure
  if (place.mayAsk && process.stdin.isTTY === true) await token; // a code may be asked for: pip must not wait for a person
  const http = openHttp(isEmbedded(place) ? onThisMachine : networkOf(edge));
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
export function networkOf(edge: Edge): NetworkSettings {
  const { network } = readMachine(edge);
  const caFile = network.caFile ?? (edge.environment.AWS_CA_BUNDLE || undefined);
  return caFile === undefined ? network : { ...network, caFile };
}

/** AWS, or the embedded stack, which is started if it does not run. */
export async function placeOf(edge: Edge, mode: Mode): Promise<Place> {
  if (mode === 'aws') return awsPlace(edge.settings, edge.environment);
  const { runningStack } = await import('./stack.ts');
  return embeddedPlace(await runningStack(edge));
}

export function openAccess(edge: Edge, place: Place): RepositoryAccess {
  const { settings, now, stateDirectory } = edge;
  const { domain, domainOwner, repository, identity, profile } = place;
  return repositoryAccess({
    client: () => codeArtifactClient(place.client),
    domain,
    domainOwner,
    repository,
    identity,
    profile,
    cache: settings.tokenCache ? tokenCache({ directory: `${stateDirectory}/tokens`, now }) : undefined,
    givenToken: givenToken(edge, place),
    givenEndpoint: isEmbedded(place) ? undefined : settings.endpoint,
    now,
  });
}

/** A token from elsewhere is for AWS: the embedded stack gives out its own. */
function givenToken({ settings }: Edge, place: Place): Secret | undefined {
  const { authorizationToken } = settings;
  return authorizationToken === undefined || isEmbedded(place) ? undefined : new Secret(authorizationToken);
}

/** The same repository with a token of our own, where one was given. */
export function ownAccessOf(edge: Edge, place: Place): RepositoryAccess | undefined {
  return givenToken(edge, place) && openAccess(withoutGivenToken(edge), place);
}

function withoutGivenToken(edge: Edge): Edge {
  return { ...edge, settings: { ...edge.settings, authorizationToken: undefined } };
}

function isEmbedded({ identity }: Place): boolean {
  return identity[0] === 'embedded';
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

type Bounds = Pick<Arrivals, 'read' | 'reportFile'> & { readonly path: string };

function pipPorts(edge: Edge, command: PipCommand, relay: Relay, { read, reportFile, path }: Bounds): PipPorts {
  const base = { ...edge.environment, PATH: path };
  const environment = pipEnvironment(base, relay, { ...surroundings(edge, command), reportFile });
  const without: string[] = [];
  const program = () => pipOf(edge, without);
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
    const landed = run.exitCode === 0 ? await read(argv, found, run.startedAt) : undefined;
    await relay.consult(unasked(landed ?? [], relay.observed()));
    return { run, observed: relay.observed(), landed };
  };
  return {
    runPip: runOnce,
    environment: async () => {
      const probed = await probeEnvironment(await program(), captureOutput, plainEnvironment(edge.environment));
      requireSupportedPip(probed.pipVersion);
      return probed.environment;
    },
    release: (heldBack) => {
      process.stderr.write(heldBack);
    },
  };
}
