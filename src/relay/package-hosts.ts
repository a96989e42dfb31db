import { isWithoutProxy } from '../index/no-proxy.ts';

/** Public hosts that serve Python packages to installers. Uploads to PyPI go to `upload.pypi.org`, which serves none. */
const packageHosts: Readonly<Record<string, readonly string[]>> = {
  // The indexes and file hosts of PyPI and TestPyPI, and their former names (https://docs.pypi.org/api/).
  'https://docs.pypi.org/api/': [
    'pypi.org',
    'www.pypi.org',
    'test.pypi.org',
    'pypi.python.org',
    'testpypi.python.org',
    'pypi.io',
    'pythonhosted.org',
    'files.pythonhosted.org',
    'test-files.pythonhosted.org',
    'packages.pythonhosted.org',
  ],
  // The indexes of uv's `--torch-backend`.
  'https://docs.astral.sh/uv/guides/integration/pytorch/': [
    'download.pytorch.org',
    'download-r2.pytorch.org',
    'data.pyg.org',
    'pypi.nvidia.com',
  ],
  'https://docs.astral.sh/uv/guides/integration/alternative-indexes/': ['api.pyx.dev', 'files.pyx.dev'],
  'https://www.piwheels.org/faq.html': ['piwheels.org', 'www.piwheels.org', 'archive1.piwheels.org'],
  'https://docs.anaconda.com/anacondaorg/user-guide/packages/pypi-packages/': ['pypi.anaconda.org'],
  'https://gemfury.com/help/pypi-server/': ['pypi.fury.io'],
  // Mirrors that serve nothing else.
  'https://mirrors.tuna.tsinghua.edu.cn/help/pypi/': ['pypi.tuna.tsinghua.edu.cn'],
  'https://mirrors.ustc.edu.cn/help/pypi.html': ['pypi.mirrors.ustc.edu.cn'],
  'https://www.douban.com/note/302711300/': ['pypi.douban.com', 'pypi.doubanio.com'],
};

const knownHosts: ReadonlySet<string> = new Set(Object.values(packageHosts).flat());

/** Services with one host for each customer. */
const hostPatterns: readonly RegExp[] = [
  // https://docs.aws.amazon.com/codeartifact/latest/ug/python-configure-pip.html
  /\.d\.codeartifact\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/,
  // https://cloud.google.com/artifact-registry/docs/python/authentication
  /^[a-z0-9-]+-python\.pkg\.dev$/,
];

/** The package hosts of a machine in addition to the known ones. */
export type OwnHosts = {
  /** Hosts of the configured indexes: `host` or `host:port`. */
  readonly indexes: readonly string[];
  /** The hosts of the deployment, which are never blocked. */
  readonly deployment: readonly string[];
};

/** Checks whether a host serves Python packages that are not vetted. `authority`: `host` or `host:port`. */
export function isPackageHost(authority: string, { indexes, deployment }: OwnHosts): boolean {
  const { host, port } = splitAuthority(authority);
  const names = [host, `${host}:${port}`];
  const isNamed = (list: readonly string[]) => list.some((name) => names.includes(normalise(name)));
  if (isNamed(deployment)) return false;
  return knownHosts.has(host) || hostPatterns.some((pattern) => pattern.test(host)) || isNamed(indexes);
}

/** Returns the entries of a `NO_PROXY` list that exempt no known package host from the proxy. */
export function withoutPackageHosts(entries: readonly string[], indexes: readonly string[]): string[] {
  const urls = [...knownHosts, ...indexes].flatMap((host) =>
    URL.canParse(`https://${host}`) ? new URL(`https://${host}`) : [],
  );
  return entries.filter((entry) => !urls.some((url) => isWithoutProxy(url, entry)));
}

const installerAgent =
  /(?:^|\s)(?:pip|uv|poetry|pdm|unearth|pipenv|hatch|setuptools|distribute|easy_install|zc\.buildout)\//i;

/** Checks whether a `User-Agent` is that of a program that installs packages. */
export function isInstallerAgent(userAgent: string | undefined): boolean {
  return installerAgent.test((userAgent ?? '').slice(0, 4096));
}

/** Checks whether a `User-Agent` is pip's. */
export function isPip(userAgent: string | undefined): boolean {
  return userAgent?.startsWith('pip/') === true;
}

/** Splits `host:port` and `[address]:port`. The port is 443 if there is none. */
export function splitAuthority(authority: string): { readonly host: string; readonly port: number } {
  const [, bracketed, name = '', port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(authority) ?? [];
  const host = (bracketed ?? name).toLowerCase().replace(/\.$/, '');
  return { host, port: port === undefined ? 443 : Number(port) };
}

function normalise(authority: string): string {
  return authority.toLowerCase().replace(/\.(?=$|:\d+$)/, '');
}
