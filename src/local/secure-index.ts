import type { UpstreamIndex } from '../index/types.ts';
import { openUpstreamIndex } from '../index/upstream-index.ts';
import { version } from '../version.ts';
import { stackNames } from './names.ts';
import type { DomainAccess } from './types.ts';

/** Returns secure-pypi of a domain as an index. The pattern of the 404 event excludes its user agent. */
export function secureIndex({ endpoint, secret, domain }: DomainAccess): UpstreamIndex {
  const url = new URL(`${endpoint}/pypi/d/${domain}-${stackNames.owner}/${stackNames.secure}/simple/`);
  url.username = 'aws';
  url.password = secret.reveal();
  return openUpstreamIndex(
    { indexUrls: [url.href], findLinks: [], trustedHosts: [], timeoutSeconds: 30 },
    { cacheSeconds: 0, userAgent: `awspip/${version}` },
  );
}
