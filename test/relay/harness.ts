import { request } from 'node:http';
import { openHttp } from '../../src/index/http.ts';
import type { Http } from '../../src/index/http-types.ts';
import { startRelay } from '../../src/relay/relay.ts';
import type { Relay, RelayOptions } from '../../src/relay/types.ts';
import { Secret } from '../../src/secret.ts';
import { type RepositoryDouble, startRepository } from './repository-double.ts';

export type Harness = {
  readonly repository: RepositoryDouble;
  readonly http: Http;
  /** Starts a relay to the repository double. The harness closes it. */
  relay(options?: Partial<RelayOptions>): Promise<Relay>;
  close(): Promise<void>;
};

/** Starts the repository double. */
export async function openHarness(): Promise<Harness> {
  const repository = await startRepository();
  const http = openHttp({ trustedHosts: [], timeoutSeconds: 5 });
  const relays: Relay[] = [];
  return {
    repository,
    http,
    async relay(options = {}) {
      const token = async () => new Secret('token-1');
      const relay = await startRelay({
        endpoint: repository.endpoint,
        token,
        renewToken: token,
        http,
        version: '1.2.3',
        missingFileDelays: [1, 1],
        retryDelays: [1, 1],
        ...options,
      });
      relays.push(relay);
      return relay;
    },
    async close() {
      await Promise.all(relays.map((relay) => relay.close()));
      await http.close();
      await repository.close();
    },
  };
}

export type ReceivedResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

/** Sends a proxy request to the relay, with the absolute form of the URL. */
export async function requestThroughRelay(
  relay: Relay,
  target: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<ReceivedResponse> {
  const { hostname, port, username, password } = new URL(relay.proxyUrl);
  const authorization = { 'proxy-authorization': `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  return new Promise((resolve, reject) => {
    const options = {
      host: hostname,
      port,
      path: target,
      method,
      headers: { ...authorization, ...headers },
      agent: false,
    };
    const outgoing = request(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const { statusCode = 0, headers: received } = incoming;
        resolve({ status: statusCode, headers: received, body: Buffer.concat(chunks).toString('latin1') });
      });
    });
    outgoing.on('connect', (incoming, socket) => {
      socket.destroy();
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: '' });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Requests a project's page and returns it with the URLs of its files. */
export async function requestPage(relay: Relay, name: string, accept = 'application/vnd.pypi.simple.v1+json') {
  const url = `${relay.indexUrl}${name}/`;
  const response = await requestThroughRelay(relay, url, { headers: { accept } });
  const links = [...response.body.matchAll(/"url": ?"([^"]+)"|href="([^"]+)"/g)];
  return {
    ...response,
    links: links.map(([, json, html]) => new URL(json ?? html ?? '', url).href.replace(/#.*/, '')),
  };
}
