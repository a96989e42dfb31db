import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { isInternal } from '../firewall/lists.ts';
import type { Policy } from '../firewall/policy.ts';
import { readPolicyText } from '../firewall/read-policy-text.ts';
import { firewallServer } from '../firewall/serve/firewall-server.ts';
import { listen, untilSignal } from '../firewall/serve/listen.ts';
import { openLog } from '../firewall/serve/log.ts';
import { openMetrics } from '../firewall/serve/metrics.ts';
import { registryProxy } from '../firewall/serve/registry-proxy.ts';
import type { LogEntry, PolicyServeOptions } from '../firewall/serve/types.ts';
import { watchPolicy } from '../firewall/serve/watch-policy.ts';
import { isCompleteIndex, withDecisions, withPages } from '../firewall/serve/with-pages.ts';
import { openHttp } from '../index/http.ts';
import type { ProjectName } from '../index/types.ts';
import { openUpstreamIndex } from '../index/upstream-index.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { openServedDecisions } from '../review/served-decisions.ts';
import type { Mode } from '../settings/mode.ts';
import { version } from '../version.ts';
import { firewallParts } from './firewall.ts';
import { policyFrom } from './policy.ts';
import { requester } from './process-context.ts';
import { sourceUrls } from './source-urls.ts';

/** A page is requested again after this time. */
const pageSeconds = 60;

/**
 * Runs `awspip policy serve` until a signal ends it.
 *
 * @param mode where people's decisions are; undefined to serve the policy alone
 */
export async function policyServe(
  context: ProcessContext,
  options: PolicyServeOptions,
  mode: Mode | undefined,
): Promise<void> {
  const { settings, now } = context;
  const policyFile = options.policy ?? settings.policy;
  const readPolicy = async () => policyFrom(policyFile === undefined ? undefined : await readPolicyText(policyFile));
  const log = openLog({ level: options.log, now, write: (line) => process.stdout.write(line) });
  const served = await openServed(context, options, { mode, log });
  let app = served.appFor(await readPolicy());
  const reload = async (): Promise<void> => {
    try {
      app = served.appFor(await readPolicy());
      log({ level: 'info', event: 'policy-loaded', policy: app.policyVersion });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log({ level: 'error', event: 'policy-rejected', error: reason, policy: app.policyVersion });
    }
  };
  const server = await listen((...request) => app.fetch(...request), options);
  const unwatch = policyFile === undefined ? () => {} : watchPolicy(policyFile, () => void reload());
  const { address, port } = server.address() as AddressInfo;
  log({ level: 'info', event: 'listening', address, port, policy: app.policyVersion, proxy: options.proxy });
  await untilSignal(server);
  unwatch();
  await served.close();
  log({ level: 'info', event: 'ended' });
}

/** Opens what all policies share: the index, the sources of signals, the records and the metrics. */
async function openServed(
  context: ProcessContext,
  options: PolicyServeOptions,
  { mode, log }: { readonly mode: Mode | undefined; readonly log: (entry: LogEntry) => void },
) {
  const { settings, now } = context;
  const { upstream: configured, network } = readMachineConfiguration(context);
  const indexUrls = options.index === undefined ? configured.indexUrls : [options.index];
  const configuration = options.index === undefined ? configured : { ...configured, indexUrls, findLinks: [] };
  const upstream = openUpstreamIndex(configuration, { cacheSeconds: pageSeconds, userAgent: `awspip/${version}` });
  const http = openHttp(network);
  const metrics = openMetrics({ startedAt: now(), memory: () => process.memoryUsage.rss() });
  const { githubToken } = settings;
  const openPolicy = firewallParts({ upstream, http, sources: sourceUrls(settings), githubToken, now });
  const isPublicIndex = indexUrls.every(isCompleteIndex);
  const decisions = mode === undefined ? undefined : openDecisions(context, mode, log);
  const appFor = (policy: Policy) => {
    const isPrivate = (name: ProjectName) => isPublicIndex && isInternal(policy, name);
    const firewall = openPolicy(policy);
    const decide = decisions?.decide ?? (async (assessments) => assessments);
    const proxy = options.proxy
      ? registryProxy({
          isInternal: isPrivate,
          firewall,
          decide,
          upstream,
          isCompleteIndex,
          // A page that is ready earlier must not keep the process alive.
          sleep: (milliseconds) => setTimeout(milliseconds, undefined, { ref: false }),
          onWithheld: (files) => metrics.count('awspip_withheld_files_total', {}, files),
          onRefused: (assessment) => void decisions?.record(assessment),
          onTransferError: (file, error) => log({ level: 'error', event: 'broken', file, error }),
        })
      : undefined;
    const app = firewallServer({
      firewall: withDecisions(withPages(firewall, upstream, isPrivate), decide),
      proxy,
      metrics,
      log,
      clock: () => performance.now(),
      version,
    });
    return { fetch: app.fetch, policyVersion: firewall.policyVersion };
  };
  return { appFor, close: () => Promise.all([upstream.close(), http.close()]) };
}

function openDecisions(context: ProcessContext, mode: Mode, log: (entry: LogEntry) => void) {
  const open = async () => {
    const [{ openDeployment }, { openStore }] = await Promise.all([import('./deployment.ts'), import('./vetting.ts')]);
    return (await openStore(context, await openDeployment(context, mode))).store;
  };
  let opened: ReturnType<typeof open> | undefined;
  return openServedDecisions({
    records: () => {
      opened ??= open();
      return opened;
    },
    now: context.now,
    execution: `policy-serve-${context.unique()}`,
    requestedBy: requester(),
    onFailure: (error) => {
      opened = undefined;
      log({ level: 'error', event: 'records-unavailable', error });
    },
  });
}
