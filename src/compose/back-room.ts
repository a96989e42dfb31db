import { Readable } from 'node:stream';
import { repositoryAccess } from '../codeartifact/access.ts';
import { copyRelease } from '../codeartifact/copy.ts';
import { ingestRelease } from '../codeartifact/ingest.ts';
import { openFirewall } from '../firewall/firewall.ts';
import { recommendedPolicy } from '../firewall/policy.ts';
import { loadPolicy } from '../firewall/policy-file.ts';
import { openSources } from '../firewall/sources/sources.ts';
import type { Firewall } from '../firewall/types.ts';
import { type Http, openHttp } from '../index/http.ts';
import type { PageAnswer, ProjectName, UpstreamIndex } from '../index/types.ts';
import { upstreamIndex } from '../index/upstream.ts';
import { stackNames } from '../local/names.ts';
import type { StackAccess, StackOptions } from '../local/types.ts';
import { environmentFromUserAgent } from '../pip/user-agent.ts';
import { Secret } from '../secret.ts';
import { version } from '../version.ts';
import { endLeases } from '../vetting/leases.ts';
import { vettingStore } from '../vetting/store.ts';
import { createTable, documentClient } from '../vetting/table.ts';
import { closure } from '../workflow/closure/closure.ts';
import { slackNotice } from '../workflow/slack.ts';
import { workflowTasks } from '../workflow/tasks.ts';
import { codeArtifactClient, dynamoClient } from './clients.ts';
import type { Edge } from './edge.ts';
import { embeddedPlace } from './place.ts';
import type { StackConfiguration } from './stack.ts';

/** What stands behind the workflow: the firewall, the upstream index, and the tasks that use them. */
export type BackRoom = {
  readonly upstream: UpstreamIndex;
  readonly firewall: Firewall;
  readonly tasks: StackOptions['tasks'];
  readonly prepare: NonNullable<StackOptions['prepare']>;
  readonly close: () => Promise<void>;
};

export function openBackRoom(edge: Edge, configuration: StackConfiguration, log: (line: string) => void): BackRoom {
  const upstream = upstreamIndex(configuration.upstream, { cacheSeconds: 0 });
  const http = openHttp(configuration.upstream);
  const firewall = openFirewall({
    policy: configuration.policy === undefined ? recommendedPolicy : loadPolicy(configuration.policy),
    sources: openSources({
      fetch: fetchOver(http),
      addresses: configuration.sources,
      now: edge.now,
      githubToken: configuration.githubToken === undefined ? undefined : new Secret(configuration.githubToken),
      userAgent: `awspip/${version}`,
    }),
    now: edge.now,
  });
  void log;
  void closure;
  void workflowTasks;
  void slackNotice;
  void repositoryAccess;
  void copyRelease;
  void ingestRelease;
  void environmentFromUserAgent;
  return {
    upstream,
    firewall,
    tasks: () => ({}),
    prepare: async (access, died) => prepareTable(edge, access, died),
    close: async () => {
      await Promise.all([upstream.close(), http.close()]);
    },
  };
}

async function prepareTable(edge: Edge, access: StackAccess, died: readonly string[]): Promise<void> {
  const place = embeddedPlace(access);
  const client = await dynamoClient(place.client);
  await createTable(client, place.table);
  const store = vettingStore({ client: documentClient(client), table: place.table, now: edge.now });
  await endLeases(store, died);
  client.destroy();
}

/** The sources' web over the machine's own proxy and certificates. */
function fetchOver(http: Http) {
  return async (
    url: string,
    {
      method,
      headers,
      body,
      signal,
    }: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string; signal: AbortSignal },
  ) => {
    const answer = await http.request(url, { method, headers, body, signal, followRedirects: true });
    return new Response(Readable.toWeb(answer.body) as ReadableStream, {
      status: answer.status,
      headers: answer.headers,
    });
  };
}

/** Pages that a closure walk has just read need not be read again to judge what it found. */
type RecentPages = { read(name: ProjectName): Promise<PageAnswer>; walk(name: ProjectName): Promise<PageAnswer> };

export type { RecentPages };

void stackNames;
