import { dynamoClient } from '../aws/clients.ts';
import { isInternal, namingOf } from '../firewall/lists.ts';
import { packageCheckApi } from '../firewall/package-check-api.ts';
import type { Firewall } from '../firewall/types.ts';
import { temporaryFolder } from '../folders.ts';
import { openHttp } from '../index/http.ts';
import type { UpstreamIndex } from '../index/types.ts';
import { openUpstreamIndex } from '../index/upstream-index.ts';
import type { StoredItem } from '../local/decisions.ts';
import { localDeployment } from '../local/deployment.ts';
import type { InnerAccess, StackServices } from '../local/types.ts';
import type { ProcessContext } from '../process-context.ts';
import { endLeases } from '../vetting/end-leases.ts';
import { openVettingStore } from '../vetting/store.ts';
import { createTable, putMissing } from '../vetting/table.ts';
import { openRecentFiles } from '../workflow/recent-files.ts';
import { openRecentPages, requestPages } from '../workflow/recent-pages.ts';
import { firewallParts } from './firewall.ts';
import { policyFrom } from './policy.ts';
import type { StackConfiguration } from './stack-configuration.ts';
import { openTasks } from './tasks.ts';

/** The services of one configuration, and the firewall and the index that they share. */
export type OpenedServices = Required<StackServices> & {
  readonly upstream: UpstreamIndex;
  readonly firewall: Firewall;
};

/** Opens the services of a configuration: the firewall, the index, and the workflow's tasks that use them. */
export function openStackServices(context: ProcessContext, configuration: StackConfiguration): OpenedServices {
  const { sources, githubToken } = configuration;
  const policy = policyFrom(configuration.policy);
  const index = openUpstreamIndex(configuration.upstream, { cacheSeconds: 0, ...namingOf(() => policy) });
  const files = openRecentFiles(index, { temporaryFolder: temporaryFolder(), now: context.now });
  const upstream = openRecentPages({ ...index, open: files.open }, context.now, requestPages).index;
  const http = openHttp(configuration.upstream);
  const firewallOf = firewallParts({ upstream, http, sources, githubToken, now: context.now });
  const firewall = firewallOf(policy);
  return {
    // Only what the tasks have read is reused: what a repository reads itself is current each time.
    upstream: { ...upstream, page: index.page },
    firewall,
    packageCheck: packageCheckApi(firewall),
    isInternal: (name) => isInternal(policy, name),
    tasks: (access) => openTasks(context, configuration, { access, upstream, files, firewallOf, policy, http }),
    prepare: (...options) => prepareTable(context, ...options),
    close: async () => {
      await Promise.all([upstream.close(), files.close(), http.close()]);
    },
  };
}

/**
 * Creates the table, ends the leases of orphaned executions so that the next request can claim their releases, and
 * writes the decisions that the table lacks.
 */
async function prepareTable(
  context: ProcessContext,
  access: InnerAccess,
  orphaned: readonly string[],
  decisions: readonly StoredItem[],
): Promise<void> {
  const deployment = localDeployment(access, { answer: access.answer });
  const client = await dynamoClient(deployment.client);
  await createTable(client, deployment.table);
  const store = openVettingStore(client, deployment.table, context.now);
  if (orphaned.length > 0) await endLeases(store, (execution) => orphaned.includes(execution));
  await putMissing(client, deployment.table, decisions);
  client.destroy();
}
