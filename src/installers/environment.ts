import { type PipContext, pipEnvironment, type RelayAddress } from '../pip/environment.ts';
import { withoutPackageHosts } from '../relay/package-hosts.ts';
import type { Installer } from './installer.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that set another index for uv, or make it download more than packages. */
const dropped = new Set(
  `PDM_PYPI_USERNAME PDM_PYPI_PASSWORD UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_FIND_LINKS UV_NO_INDEX UV_TORCH_BACKEND UV_PYPI_MIRROR
  UV_PYTHON_INSTALL_MIRROR UV_PYPY_INSTALL_MIRROR UV_CONFIG_FILE`.split(/\s+/),
);
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const loopback = ['localhost', '127.0.0.1', '::1'];

/** The addresses of the relay. */
export type ExecRelayAddress = RelayAddress & {
  /** The proxy for programs that are not installers. */
  readonly programProxyUrl: string;
  /** Hosts of the configured indexes, which no `NO_PROXY` exempts from the proxy. */
  readonly indexHosts?: readonly string[];
};

/**
 * Returns the environment in which another installer runs. The relay is its index and its proxy.
 *
 * uv reads `UV_DEFAULT_INDEX` and the common proxy variables, but none of pip's
 * (https://docs.astral.sh/uv/reference/environment/). pipenv reads `PIPENV_PYPI_MIRROR`. It gets no variable of pip,
 * because it would write the value into a new Pipfile. poetry needs poetry-plugin-pypi-mirror, which reads
 * `POETRY_PYPI_MIRROR_URL`. Without the plugin, the relay blocks its connections.
 */
export function installerEnvironment(
  base: Environment,
  relay: ExecRelayAddress,
  installer: Installer,
  pipContext: PipContext = {},
): Record<string, string> {
  const pip = pipEnvironment(base, relay, pipContext);
  const kept = Object.entries(pip).filter(([name]) => {
    const upper = name.toUpperCase();
    if (dropped.has(upper) || /^UV_INDEX_.*_(?:USERNAME|PASSWORD)$/.test(upper)) return false;
    if (proxies.includes(upper)) return false;
    return !(installer.name === 'pipenv' && /^PIP_(?:INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX)$/.test(upper));
  });
  return {
    ...Object.fromEntries(kept),
    ...proxyVariables(base, relay, installer),
    // In the background, virtualenv would download newer releases of pip and setuptools, which nobody requested.
    VIRTUALENV_NO_PERIODIC_UPDATE: '1',
    UV_DEFAULT_INDEX: relay.indexUrl,
    UV_INSECURE_HOST: relay.host,
    UV_NO_SYSTEM_CONFIG: '1',
    UV_HTTP_RETRIES: '0', // The relay retries.
    UV_PYTHON_DOWNLOADS: 'never', // An interpreter from the network is not vetted.
    PIPENV_PYPI_MIRROR: relay.indexUrl.replace(/\/$/, ''),
    POETRY_PYPI_MIRROR_URL: relay.indexUrl,
    PDM_PYPI_URL: relay.indexUrl,
    PDM_PYPI_VERIFY_SSL: 'false', // PDM takes plain HTTP from no other index. It never leaves this machine.
    PDM_PYPI_JSON_API: 'false', // PyPI's own API, which the relay does not have.
    PDM_IGNORE_STORED_INDEX: 'false', // The variable above is one of these.
    PDM_CHECK_UPDATE: 'false', // It would ask PyPI for a newer PDM.
  };
}

function proxyVariables(
  base: Environment,
  { proxyUrl, programProxyUrl, indexHosts = [] }: ExecRelayAddress,
  { installsOnly }: Installer,
): Record<string, string> {
  const proxy = installsOnly ? proxyUrl : programProxyUrl;
  const variables = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy };
  if (installsOnly) return bothCases(variables);
  const configured = (base.no_proxy ?? base.NO_PROXY ?? '').split(',').map((host) => host.trim());
  const kept = withoutPackageHosts(
    configured.filter((host) => host !== ''),
    indexHosts,
  );
  return bothCases({ ...variables, NO_PROXY: [...new Set([...kept, ...loopback])].join(',') });
}

/** Sets each variable in upper and lower case, because programs differ in the one that they prefer. */
function bothCases(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => [
      [name, value],
      [name.toLowerCase(), value],
    ]),
  );
}
