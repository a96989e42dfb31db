import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { UpstreamConfiguration } from '../index/types.ts';
import type { PipConfiguration } from './configuration.ts';

const pypi = 'https://pypi.org/simple/';

/**
 * Returns the indexes of the machine's pip as an upstream. Paths are resolved against `cwd`, because another process
 * with its own working directory may use them.
 */
export function upstreamConfiguration(pip: PipConfiguration, cwd: string): UpstreamConfiguration {
  const indexes = [pip.indexUrl ?? pypi, ...pip.extraIndexUrls].map((text) => indexUrl(text, cwd));
  const indexUrls = pip.noIndex ? [] : [...new Set(indexes)];
  const findLinks = [...new Set(pip.findLinks.map((text) => (isUrl(text) ? text : resolve(cwd, text))))];
  return {
    indexUrls,
    findLinks,
    ...proxySettings(pip, [...indexUrls, ...findLinks]),
    ...(pip.cert !== undefined && { caFile: resolve(cwd, pip.cert) }),
    ...(pip.clientCert !== undefined && { clientCertificate: resolve(cwd, pip.clientCert) }),
    timeoutSeconds: pip.timeoutSeconds,
    trustedHosts: pip.trustedHosts,
  };
}

/** Returns the proxy settings. `NO_PROXY` applies to the environment's proxy, not to pip's own setting. */
function proxySettings(pip: PipConfiguration, urls: readonly string[]): { proxy?: string; noProxy?: string } {
  if (pip.proxy !== undefined) return { proxy: withScheme(pip.proxy) };
  const { http, https } = pip.environmentProxies;
  const onlyPlain = urls.some((url) => url.startsWith('http:')) && !urls.some((url) => url.startsWith('https:'));
  const proxy = onlyPlain ? http : https;
  if (proxy === undefined) return {};
  return { proxy: withScheme(proxy), ...(pip.noProxy !== undefined && { noProxy: pip.noProxy }) };
}

function withScheme(proxy: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

/** A single letter before the colon is a Windows drive. */
const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]+:/i.test(text);

function indexUrl(text: string, cwd: string): string {
  const url = isUrl(text) ? text : pathToFileURL(resolve(cwd, text)).href;
  return url.endsWith('/') ? url : `${url}/`;
}
