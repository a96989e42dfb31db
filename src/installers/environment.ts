import { type PipContext, pipEnvironment, type RelayAddress } from '../pip/environment.ts';
import type { Tool } from './installer.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that lead uv elsewhere, or make it fetch more than packages. */
const dropped = new Set(
  `UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_FIND_LINKS UV_NO_INDEX UV_TORCH_BACKEND UV_PYPI_MIRROR
  UV_PYTHON_INSTALL_MIRROR UV_PYPY_INSTALL_MIRROR UV_CONFIG_FILE`.split(/\s+/),
);
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const loopback = ['localhost', '127.0.0.1', '::1'];

/**
 * The environment another installer runs in: each knows the relay by its own variable, and reaches it as its proxy.
 *
 * uv: https://docs.astral.sh/uv/reference/environment/ (it heeds `UV_DEFAULT_INDEX` and the common proxy variables,
 * nothing of pip's). pipenv: `PIPENV_PYPI_MIRROR`; it would write pip's variables into a new Pipfile, so it gets none.
 * poetry has no variable: `POETRY_PYPI_MIRROR_URL` is heeded by poetry-plugin-pypi-mirror; without it poetry is denied.
 */
export function toolEnvironment(
  base: Environment,
  relay: RelayAddress,
  tool: Tool,
  surroundings: PipContext = {},
): Record<string, string> {
  const pip = pipEnvironment(base, relay, surroundings);
  const kept = Object.entries(pip).filter(([name]) => {
    const upper = name.toUpperCase();
    if (dropped.has(upper) || /^UV_INDEX_.*_(?:USERNAME|PASSWORD)$/.test(upper)) return false;
    if (proxies.includes(upper)) return !tool.closed && upper !== 'HTTP_PROXY' && upper !== 'NO_PROXY';
    return !(tool.name === 'pipenv' && /^PIP_(?:INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX)$/.test(upper));
  });
  return {
    ...Object.fromEntries(kept),
    ...proxyVariables(base, relay, tool),
    UV_DEFAULT_INDEX: relay.indexUrl,
    UV_INSECURE_HOST: relay.host,
    UV_NO_SYSTEM_CONFIG: '1',
    UV_HTTP_RETRIES: '0', // the relay has tried again itself
    // An interpreter from the network is vetted by nobody.
    UV_PYTHON_DOWNLOADS: 'never',
    PIPENV_PYPI_MIRROR: relay.indexUrl.replace(/\/$/, ''),
    POETRY_PYPI_MIRROR_URL: relay.indexUrl,
  };
}

function proxyVariables(base: Environment, { proxyUrl }: RelayAddress, { closed }: Tool): Record<string, string> {
  if (closed) return bothCases({ HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl, ALL_PROXY: proxyUrl });
  const past = (base.no_proxy ?? base.NO_PROXY ?? '').split(',').map((host) => host.trim());
  const hosts = [...new Set([...past.filter((host) => host !== '' && host !== '*'), ...loopback])];
  return bothCases({ HTTP_PROXY: proxyUrl, NO_PROXY: hosts.join(',') });
}

/** Programs differ in which they read first. */
function bothCases(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => [
      [name, value],
      [name.toLowerCase(), value],
    ]),
  );
}

/**
 * Whether this process was started behind a relay already, by pip or by `awspip exec`: then the outer awspip does the
 * vetting, and a second relay would only look for its own index.
 */
export function isBehindRelay({ PIP_INDEX_URL = '', PIP_PROXY = '', UV_DEFAULT_INDEX = '' }: Environment): boolean {
  const fake = /^http:\/\/[0-9a-f]{8}\.secure-pypi\.invalid\/simple\/$/;
  return (
    (fake.test(PIP_INDEX_URL) || fake.test(UV_DEFAULT_INDEX)) &&
    /^http:\/\/(?:[^@/]*@)?127\.0\.0\.1:\d+\/?$/.test(PIP_PROXY)
  );
}
