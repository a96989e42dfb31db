/**
 * Checks whether a `NO_PROXY` list excludes a host from the proxy.
 *
 * Follows Python's `requests`, which pip uses: a name matches itself and its subdomains, `10.0.0.0/8` matches
 * addresses, `host:port` matches that port only, and `*` matches everything.
 */
export function isWithoutProxy(url: URL, noProxy: string | undefined): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return (noProxy ?? '')
    .slice(0, 65_536)
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || isInRange(host, entry) || matchesName(host, port, entry));
}

function matchesName(host: string, port: string, entry: string): boolean {
  const [, name = '', entryPort] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port && entry !== host) return false;
  const suffix = (entry === host ? entry : name).replace(/^\*?\./, '');
  return host === suffix || host.endsWith(`.${suffix}`);
}

function isInRange(host: string, entry: string): boolean {
  const [, network = '', bits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(entry) ?? [];
  const [address, base] = [ipv4(host), ipv4(network)];
  if (address === undefined || base === undefined || Number(bits) > 32) return false;
  const width = 2 ** (32 - Number(bits));
  return Math.floor(address / width) === Math.floor(base / width);
}

function ipv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
