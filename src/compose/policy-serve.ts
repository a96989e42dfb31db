import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { readPolicyText } from '../firewall/read-policy-text.ts';
import { openLog } from '../firewall/serve/log.ts';
import { openMetrics } from '../firewall/serve/metrics.ts';
import { runServer } from '../firewall/serve/run-server.ts';
import { servedApp } from '../firewall/serve/served-app.ts';
import { openServedIndex } from '../firewall/serve/served-index.ts';
import type { LogEntry, PolicyServeOptions } from '../firewall/serve/types.ts';
import { openHttp } from '../index/http.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import { type ProcessContext, requester } from '../process-context.ts';
import type { Mode } from '../settings/mode.ts';
import { version } from '../version.ts';
import { openServedDecisions } from '../workflow/served-decisions.ts';
import { firewallParts } from './firewall.ts';
import { policyFrom } from './policy.ts';
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
  const log = openLog({ level: options.log, now, write: (line) => process.stdout.write(line) });
  const { upstream: configured, network } = readMachineConfiguration(context);
  const indexUrls = options.index === undefined ? configured.indexUrls : [options.index];
  const configuration = options.index === undefined ? configured : { ...configured, indexUrls, findLinks: [] };
  const upstream = openServedIndex(configuration, { cacheSeconds: pageSeconds, userAgent: `awspip/${version}` });
  const http = openHttp(network);
  const { githubToken } = settings;
  const parts = {
    openFirewall: firewallParts({ upstream, http, sources: sourceUrls(settings), githubToken, now }),
    upstream,
    indexUrls,
    withProxy: options.proxy,
    decisions: mode === undefined ? undefined : openDecisions(context, mode, log),
    metrics: openMetrics({ startedAt: now(), memory: () => process.memoryUsage.rss() }),
    log,
    clock: () => performance.now(),
    sleep,
    version,
  };
  await runServer(options, {
    isPolicyInFiles: policyFile !== undefined,
    readPolicy: async (onFile) =>
      policyFrom(policyFile === undefined ? undefined : await readPolicyText(policyFile, onFile)),
    appFor: (policy) => servedApp(policy, parts),
    log,
  });
  await Promise.all([upstream.close(), http.close()]);
  log({ level: 'info', event: 'ended' });
}

/** The wait for an answer that is there must not keep the process alive. */
const sleep = (milliseconds: number): Promise<unknown> => setTimeout(milliseconds, undefined, { ref: false });

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
    sleep,
    onFailure: (error) => {
      opened = undefined;
      log({ level: 'error', event: 'records-unavailable', error });
    },
  });
}
