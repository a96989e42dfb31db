import { isInternal } from '../../../firewall/lists.ts';
import type { UpstreamIndex } from '../../../index/types.ts';
import { openUpstreamIndex } from '../../../index/upstream-index.ts';
import { once } from '../../../once.ts';
import { version } from '../../../version.ts';
import { openOwnPackages } from '../../../workflow/open-own-packages.ts';
import { artifactRepository, openAccess } from './codeartifact.ts';
import { policyInForce } from './current-policy.ts';
import { environmentValue } from './environment-value.ts';
import { network, openUpstream } from './web.ts';

const access = once(async () => openAccess('SECURE_REPOSITORY'));

let opened: { readonly token: string; readonly index: UpstreamIndex } | undefined;

/** Returns secure-pypi as an index, with a token that is valid now. The pattern of the 404 event excludes its reads. */
async function secureIndex(): Promise<UpstreamIndex> {
  const { endpoint, token } = await access();
  const [root, current] = await Promise.all([endpoint(), token()]);
  const password = current.token.reveal();
  if (opened?.token !== password) {
    const url = Object.assign(new URL('simple/', root), { username: 'aws', password });
    const sources = { ...network, indexUrls: [url.href], findLinks: [] };
    await opened?.index.close();
    opened = {
      token: password,
      index: openUpstreamIndex(sources, { cacheSeconds: 0, userAgent: `awspip/${version}` }),
    };
  }
  return opened.index;
}

/** The packages that the company's publishers published to secure-pypi. Only internal names are looked up there. */
export const ownPackages = openOwnPackages({
  upstream: openUpstream(),
  sources: { indexUrls: [environmentValue('UPSTREAM_INDEX')], findLinks: [] },
  location: { ...artifactRepository(), repository: environmentValue('SECURE_REPOSITORY') },
  secure: {
    page: async (name) => (await secureIndex()).page(name),
    open: async (...file) => (await secureIndex()).open(...file),
    metadata: async (file) => (await secureIndex()).metadata(file),
  },
  isPrivate: (name) => isInternal(policyInForce(), name),
});
