import { dynamoClient } from '../aws/clients.ts';
import { openFirewall } from '../firewall/firewall.ts';
import { type Policy, recommendedPolicy } from '../firewall/policy.ts';
import { loadPolicy } from '../firewall/policy-file.ts';
import { fetchOverHttp } from '../firewall/sources/fetch-over-http.ts';
import { openSources } from '../firewall/sources/sources.ts';
import type { Firewall } from '../firewall/types.ts';
import { openHttp } from '../index/http.ts';
import type { UpstreamIndex } from '../index/types.ts';
import { upstreamIndex } from '../index/upstream.ts';
import { localDeployment } from '../local/deployment.ts';
import type { StackAccess, StackOptions } from '../local/types.ts';
import type { ProcessContext } from '../process-context.ts';
import { Secret } from '../secret.ts';
import { version } from '../version.ts';
import { endLeases } from '../vetting/leases.ts';
import { vettingStore } from '../vetting/store.ts';
import { createTable, documentClient } from '../vetting/table.ts';
import { inspectorOver } from '../workflow/inspector.ts';
import type { StackConfiguration } from './stack.ts';
import { openTasks } from './tasks.ts';

/** What stands behind the local stack's workflow: the firewall, the upstream index, and the tasks that use them. */
export type StackServices = {
  readonly upstream: UpstreamIndex;
  readonly firewall: Firewall;
  readonly tasks: StackOptions['tasks'];
  readonly prepare: NonNullable<StackOptions['prepare']>;
  readonly close: () => Promise<void>;
};

export function openStackServices(context: ProcessContext, configuration: StackConfiguration): StackServices {
  const upstream = upstreamIndex(configuration.upstream, { cacheSeconds: 0 });
  const http = openHttp(configuration.upstream);
  const policy = policyOf(configuration);
  const firewall = openFirewall({
    policy,
    sources: openSources({
      fetch: fetchOverHttp(http),
      addresses: configuration.sources,
      now: context.now,
      githubToken: configuration.githubToken === undefined ? undefined : new Secret(configuration.githubToken),
      userAgent: `awspip/${version}`,
    }),
    now: context.now,
    inspect: inspectorOver(upstream, context.now),
  });
  return {
    upstream,
    firewall,
    tasks: (access) => openTasks(context, configuration, { access, upstream, firewall, policy, http }),
    prepare: (access, died) => prepareTable(context, access, died),
    close: async () => {
      await Promise.all([upstream.close(), http.close()]);
    },
  };
}

/** The policy that a stack of this configuration judges by. */
export function policyOf({ policy }: StackConfiguration): Policy {
  return policy === undefined ? recommendedPolicy : loadPolicy(policy);
}

/** Makes the table, and lets the next request take over what died with the last process. */
async function prepareTable(context: ProcessContext, access: StackAccess, died: readonly string[]): Promise<void> {
  const deployment = localDeployment(access);
  const client = await dynamoClient(deployment.client);
  await createTable(client, deployment.table);
  const store = vettingStore({ client: documentClient(client), table: deployment.table, now: context.now });
  if (died.length > 0) await endLeases(store, (execution) => died.includes(execution));
  client.destroy();
}
