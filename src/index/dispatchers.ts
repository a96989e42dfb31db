import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { AwspipError } from '../errors.ts';
import { minimumProgress, type ProgressLimit, progressLimit } from './minimum-progress.ts';
import { isWithoutProxy } from './no-proxy.ts';
import type { NetworkSettings } from './types.ts';

/** How slow a response may be. */
export type Pace = {
  readonly limit: ProgressLimit;
  /** Returns milliseconds of a clock that never goes back. */
  readonly now: () => number;
};

const defaultPace: Pace = { limit: progressLimit, now: () => performance.now() };

type Certificates = { readonly ca?: string; readonly cert?: string; readonly key?: string };
type Tls = { readonly secureContext?: SecureContext; readonly rejectUnauthorized?: boolean };

/**
 * Connections by URL: direct or through the proxy. Certificates are checked unless the host is trusted. They end
 * responses that are too slow.
 */
export type Dispatchers = {
  forUrl(url: URL): Promise<Dispatcher>;
  /** Returns the proxy for a URL, without credentials. Undefined for a direct connection. */
  proxyFor(url: URL): string | undefined;
  close(): Promise<void>;
};

/**
 * Prepares the connections for the network settings. Opens none yet, and the library is loaded with the first one.
 *
 * @throws {AwspipError} `certificates-unreadable` or `proxy-unusable` (configuration).
 */
export function openDispatchers(network: NetworkSettings, pace: Pace = defaultPace): Dispatchers {
  const tls = openTls(readCertificates(network));
  const proxy = network.proxy === undefined ? undefined : proxyUrl(network.proxy);
  const pool = new Map<string, { readonly connections: Dispatcher; readonly paced: Dispatcher }>();
  const getOrCreate = (key: string, create: () => Dispatcher): Dispatcher => {
    const known = pool.get(key);
    if (known !== undefined) return known.paced;
    const connections = create();
    const paced = connections.compose(minimumProgress(pace.limit, pace.now));
    pool.set(key, { connections, paced });
    return paced;
  };
  const isDirect = (url: URL): boolean => proxy === undefined || isWithoutProxy(url, network.noProxy);
  return {
    proxyFor: (url) => (isDirect(url) ? undefined : proxy?.origin),
    async forUrl(url) {
      const { Agent, ProxyAgent } = await import('undici');
      const trusted = isTrusted(url, network.trustedHosts);
      const { protocol } = url;
      const requestTls = () =>
        protocol === 'https:' ? { ...tls(), ...(trusted && { rejectUnauthorized: false }) } : {};
      if (proxy === undefined || isDirect(url))
        return getOrCreate(
          `direct ${protocol} ${trusted}`,
          () => new Agent({ ...limits(network), connect: { ...requestTls(), timeout: network.timeoutSeconds * 1000 } }),
        );
      return getOrCreate(
        `proxy ${protocol} ${trusted}`,
        () => new ProxyAgent(proxyOptions(proxy, network, requestTls(), tls())),
      );
    },
    close: async () => {
      await Promise.all([...pool.values()].map(({ connections }) => connections.destroy()));
    },
  };
}

/** Checks whether pip's `--trusted-host` names this URL's host, with or without its port. */
export function isTrusted({ hostname, host }: URL, trustedHosts: readonly string[]): boolean {
  return trustedHosts.some((trusted) => [hostname, host].includes(trusted.trim().toLowerCase()));
}

/** Connections to one origin: about as many as uv opens (`UV_CONCURRENT_DOWNLOADS`). Callers limit their requests. */
const maxConnections = 48;

function limits({ timeoutSeconds }: NetworkSettings) {
  const milliseconds = timeoutSeconds * 1000;
  return { headersTimeout: milliseconds, bodyTimeout: milliseconds, connections: maxConnections };
}

function proxyOptions(proxy: URL, network: NetworkSettings, requestTls: Tls, proxyTls: Tls) {
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return {
    uri: proxy.origin,
    ...(credentials === ':' ? {} : { token: `Basic ${Buffer.from(credentials).toString('base64')}` }),
    // As in pip, `https:` goes through a CONNECT tunnel and `http:` uses the absolute form (RFC 9112, 3.2.2).
    proxyTunnel: false,
    requestTls: { ...requestTls, timeout: network.timeoutSeconds * 1000 },
    proxyTls: { ...proxyTls, timeout: network.timeoutSeconds * 1000 },
    ...limits(network),
  };
}

function proxyUrl(text: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new AwspipError(
    'proxy-unusable',
    `the proxy \`${withoutCredentials(withScheme)}\` is not an http or https URL`,
    {
      exit: 'configuration',
      hint: 'correct `proxy` in pip.conf, `PIP_PROXY` or `https_proxy`',
    },
  );
}

/**
 * Returns a function that returns the options of a TLS connection. All connections share one context: each of its own
 * would parse the whole bundle of certificates again, which takes about 25 ms.
 */
function openTls(certificates: Certificates): () => Tls {
  let tls: Tls | undefined = Object.keys(certificates).length === 0 ? {} : undefined;
  return () => {
    tls ??= { secureContext: createSecureContext(certificates) };
    return tls;
  };
}

function readCertificates({ caFile, clientCertificate }: NetworkSettings): Certificates {
  const client = clientCertificate === undefined ? undefined : readPem(clientCertificate);
  return {
    ...(caFile === undefined ? {} : { ca: readPem(caFile) }),
    ...(client === undefined ? {} : { cert: client, key: client }),
  };
}

const maxPemBytes = 16 * 1024 * 1024;

function readPem(file: string): string {
  try {
    if (!statSync(file).isDirectory()) return readFileSync(file, 'utf8').slice(0, maxPemBytes);
    return readdirSync(file)
      .filter((name) => /\.(pem|crt|cer|\d+)$/.test(name))
      .slice(0, 2000)
      .map((name) => readFileSync(path.join(file, name), 'utf8'))
      .join('\n')
      .slice(0, maxPemBytes);
  } catch (cause) {
    throw new AwspipError('certificates-unreadable', `the certificates in \`${file}\` could not be read`, {
      exit: 'configuration',
      hint: 'correct `cert` or `client-cert` in pip.conf, or `REQUESTS_CA_BUNDLE`',
      cause,
    });
  }
}

/** Returns a URL that is safe to print: without user, password, query and fragment. */
export function withoutCredentials(text: string): string {
  if (!URL.canParse(text)) return text.replace(/\/\/[^/]*@/, '//');
  const url = new URL(text);
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href;
}
