import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { isInternal } from '../firewall/lists.ts';
import { readPolicyText } from '../firewall/read-policy-text.ts';
import { firewallServer } from '../firewall/serve/firewall-server.ts';
import { listen, untilSignal } from '../firewall/serve/listen.ts';
import { openLog } from '../firewall/serve/log.ts';
import { openMetrics } from '../firewall/serve/metrics.ts';
import { registryProxy } from '../firewall/serve/registry-proxy.ts';
import type { PolicyServeOptions } from '../firewall/serve/types.ts';
import { isCompleteIndex, withPages } from '../firewall/serve/with-pages.ts';
import { openHttp } from '../index/http.ts';
import type { ProjectName } from '../index/types.ts';
import { openUpstreamIndex } from '../index/upstream-index.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { version } from '../version.ts';
import { firewallOver } from './firewall.ts';
import { policyFrom } from './policy.ts';
import { sourceUrls } from './source-urls.ts';

/** A page is requested again after this time. */
const pageSeconds = 60;

/** Runs `awspip policy serve` until a signal ends it. */
export async function policyServe(context: ProcessContext, options: PolicyServeOptions): Promise<void> {
  const { settings, now } = context;
  const policyFile = options.policy ?? settings.policy;
  const policy = policyFrom(policyFile === undefined ? undefined : await readPolicyText(policyFile));
  const { upstream: configured, network } = readMachineConfiguration(context);
  const indexUrls = options.index === undefined ? configured.indexUrls : [options.index];
  const configuration = options.index === undefined ? configured : { ...configured, indexUrls, findLinks: [] };
  const upstream = openUpstreamIndex(configuration, { cacheSeconds: pageSeconds, userAgent: `awspip/${version}` });
  const http = openHttp(network);
  const log = openLog({ level: options.log, now, write: (line) => process.stdout.write(line) });
  const metrics = openMetrics({ startedAt: now(), memory: () => process.memoryUsage.rss() });
  const { githubToken } = settings;
  const firewall = firewallOver({ policy, upstream, http, sources: sourceUrls(settings), githubToken, now });
  const isPublicIndex = indexUrls.every(isCompleteIndex);
  const isPrivate = (name: ProjectName) => isPublicIndex && isInternal(policy, name);
  const proxy = options.proxy
    ? registryProxy({
        isInternal: isPrivate,
        firewall,
        policy,
        upstream,
        isCompleteIndex,
        now,
        onHidden: (_, files) => metrics.count('awspip_hidden_files_total', {}, files),
        onTransferError: (file, error) => log({ level: 'error', event: 'broken', file, error }),
      })
    : undefined;
  const app = firewallServer({
    firewall: withPages(firewall, upstream, isPrivate),
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
