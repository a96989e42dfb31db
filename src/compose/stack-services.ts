import { dynamoClient } from '../aws/clients.ts';
import type { Firewall } from '../firewall/types.ts';
import { openHttp } from '../index/http.ts';
import type { UpstreamIndex } from '../index/types.ts';
import { openUpstreamIndex } from '../index/upstream-index.ts';
import { localDeployment } from '../local/deployment.ts';
import type { StackAccess, StackOptions } from '../local/types.ts';
import type { ProcessContext } from '../process-context.ts';
import { endLeases } from '../vetting/end-leases.ts';
import { vettingStore } from '../vetting/store.ts';
import { createTable, documentClient } from '../vetting/table.ts';
import { firewallOver } from './firewall.ts';
import { policyFrom } from './policy.ts';
import type { StackConfiguration } from './stack.ts';
import { openTasks } from './tasks.ts';

/** The services behind the local stack's workflow: the firewall, the upstream index, and the tasks that use them. */
export type StackServices = {
  readonly upstream: UpstreamIndex;
  readonly firewall: Firewall;
  readonly tasks: StackOptions['tasks'];
  readonly prepare: NonNullable<StackOptions['prepare']>;
  readonly close: () => Promise<void>;
};

/** Opens the services of a stack with this configuration. */
export function openStackServices(context: ProcessContext, configuration: StackConfiguration): StackServices {
  const { sources, githubToken } = configuration;
  const upstream = openUpstreamIndex(configuration.upstream, { cacheSeconds: 0 });
  const http = openHttp(configuration.upstream);
  const policy = policyFrom(configuration.policy);
  const firewall = firewallOver({ policy, upstream, http, sources, githubToken, now: context.now });
  return {
    upstream,
    firewall,
    tasks: (access) => openTasks(context, configuration, { access, upstream, firewall, policy, http }),
    prepare: (access, orphaned) => prepareTable(context, access, orphaned),
    close: async () => {
      await Promise.all([upstream.close(), http.close()]);
    },
  };
}

/** Creates the table, and ends the leases of orphaned executions so that the next request takes over their releases. */
async function prepareTable(context: ProcessContext, access: StackAccess, orphaned: readonly string[]): Promise<void> {
  const deployment = localDeployment(access);
  const client = await dynamoClient(deployment.client);
  await createTable(client, deployment.table);
  const store = vettingStore({ client: documentClient(client), table: deployment.table, now: context.now });
  if (orphaned.length > 0) await endLeases(store, (execution) => orphaned.includes(execution));
  client.destroy();
}
