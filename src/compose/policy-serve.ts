import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { serve as listenWith, type ServerType } from '@hono/node-server';
import { AwspipError } from '../errors.ts';
import { openFirewall } from '../firewall/firewall.ts';
import { isInternal } from '../firewall/lists.ts';
import { type Policy, recommendedPolicy } from '../firewall/policy.ts';
import { loadPolicy } from '../firewall/policy-file.ts';
import { readPolicyText } from '../firewall/read-policy-text.ts';
import { firewallServer } from '../firewall/serve/firewall-server.ts';
import { openMetrics } from '../firewall/serve/metrics.ts';
import { registryProxy } from '../firewall/serve/registry-proxy.ts';
import type { LogEntry, PolicyServeOptions } from '../firewall/serve/types.ts';
import { fetchOverHttp } from '../firewall/sources/fetch-over-http.ts';
import { openSources } from '../firewall/sources/sources.ts';
import type { Firewall } from '../firewall/types.ts';
import { openHttp } from '../index/http.ts';
import { isProjectName, normaliseName } from '../index/names.ts';
import type { ProjectName, UpstreamIndex } from '../index/types.ts';
import { upstreamIndex } from '../index/upstream.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { Secret } from '../secret.ts';
import { version } from '../version.ts';
import { inspectorOver } from '../workflow/inspector.ts';

/** Pages are asked for again after this long. */
const pageSeconds = 60;

/** `awspip policy serve`: listens until it is told to end. */
export async function policyServe(context: ProcessContext, options: PolicyServeOptions): Promise<void> {
  const policy = await policyOf(options.policy ?? context.settings.policy);
  const { upstream: configured, network } = readMachineConfiguration(context);
  const indexUrls = options.index === undefined ? configured.indexUrls : [options.index];
  const upstreamConfiguration = options.index === undefined ? configured : { ...configured, indexUrls, findLinks: [] };
  const isPublic = indexUrls.every(isCompleteIndex);
  const upstream = upstreamIndex(upstreamConfiguration, { cacheSeconds: pageSeconds, userAgent: `awspip/${version}` });
  const http = openHttp(network);
  const log = logger(context, options.log);
  const metrics = openMetrics({ startedAt: context.now(), memory: () => process.memoryUsage.rss() });
  const firewall = openFirewall({
    policy,
    sources: openSources({
      fetch: fetchOverHttp(http),
      addresses: addressesOf(context),
      now: context.now,
      githubToken: context.settings.githubToken === undefined ? undefined : new Secret(context.settings.githubToken),
      userAgent: `awspip/${version}`,
    }),
    now: context.now,
    inspect: inspectorOver(upstream, context.now),
  });
  const proxy = options.proxy
    ? registryProxy({
        isInternal: (name) => isPublic && isInternal(policy, name),
        firewall,
        policy,
        upstream,
        isCompleteIndex,
        now: context.now,
        onHidden: (_, files) => metrics.count('awspip_hidden_files_total', {}, files),
        onTransferError: (file, error) => log({ level: 'error', event: 'broken', file, error }),
      })
    : undefined;
  const app = firewallServer({
    firewall: withPages(firewall, upstream, (name) => isPublic && isInternal(policy, name)),
    proxy,
    metrics,
    log,
    clock: () => performance.now(),
    version,
  });
  const server = await listen(app.fetch, options);
  const { address, port } = server.address() as AddressInfo;
  log({ level: 'info', event: 'listening', address, port, policy: firewall.policyVersion, proxy: options.proxy });
  await untilSignal(server);
  await Promise.all([upstream.close(), http.close()]);
  log({ level: 'info', event: 'ended' });
}

/** PyPI lists all releases there are; any other index may mirror a part. */
const isCompleteIndex = (source: string): boolean => source.startsWith('https://pypi.org/');

/** The API judges by the index's page as the proxy does: both say the same of a release. */
function withPages(firewall: Firewall, upstream: UpstreamIndex, isInternal: (name: ProjectName) => boolean): Firewall {
  return {
    ...firewall,
    assess: async (subject) => {
      if (subject.page !== undefined || !isProjectName(subject.name)) return firewall.assess(subject);
      const name = normaliseName(subject.name);
      if (isInternal(name)) return firewall.assess(subject);
      const answer = await upstream.page(name);
      if (answer.kind !== 'found') return firewall.assess(subject);
      const pageComplete = answer.complete && answer.from.some(isCompleteIndex);
      return firewall.assess({ ...subject, page: answer.page, pageComplete });
    },
  };
}

async function policyOf(file: string | undefined): Promise<Policy> {
  return file === undefined ? recommendedPolicy : loadPolicy(await readPolicyText(file));
}

function addressesOf({ settings }: ProcessContext) {
  return {
    pypi: settings.pypiUrl,
    pypistats: settings.pypistatsUrl,
    github: settings.githubUrl,
    depsDev: settings.depsDevUrl,
    osv: settings.osvUrl,
  };
}

function logger({ now }: ProcessContext, what: PolicyServeOptions['log']): (entry: LogEntry) => void {
  return (entry) => {
    const isOrdinary =
      entry.event === 'request' && entry.level === 'info' && entry.outcome !== 'HELD' && entry.outcome !== 'BLOCKED';
    if ((what === 'off' && entry.event === 'request') || (what === 'refusals' && isOrdinary)) return;
    process.stdout.write(`${JSON.stringify({ time: new Date(now()).toISOString(), ...entry })}\n`);
  };
}

type Handler = Parameters<typeof listenWith>[0]['fetch'];

function listen(fetch: Handler, { host: hostname, port }: PolicyServeOptions): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = listenWith({ fetch, hostname, port }, () => resolve(server));
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
      reject(
        new AwspipError('cannot-listen', `cannot listen on ${hostname} port ${port}: ${why}`, {
          exit: 'unavailable',
          hint: 'name another port with `awspip policy serve --port`',
          cause,
        }),
      );
    });
  });
}

/** Answers under way are finished; ten seconds is long enough for that. */
function untilSignal(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      server.close(() => resolve());
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), 10_000).unref();
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, end);
  });
}
