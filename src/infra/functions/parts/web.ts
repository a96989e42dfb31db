import { discardBody } from '../../../index/body.ts';
import { openHttp } from '../../../index/http.ts';
import type { Http } from '../../../index/http-types.ts';
import type { NetworkSettings } from '../../../index/types.ts';
import { openUpstreamIndex } from '../../../index/upstream-index.ts';
import type { Post } from '../../../workflow/notices/post.ts';
import { policyInForce } from './current-policy.ts';
import { environmentValue } from './environment-value.ts';

const proxy = environmentValue('PROXY_URL', '');

/** Connects to AWS hosts directly, and to all others through the proxy if one is set. */
export const network: NetworkSettings = {
  trustedHosts: [],
  timeoutSeconds: 15,
  ...(proxy === '' ? {} : { proxy, noProxy: '.amazonaws.com,.on.aws' }),
};

/** The HTTP client of this function. */
export const http: Http = openHttp(network);

/** Opens the index that the resolver and the firewall read, with those of the policy that was read last. */
export const openUpstream = () =>
  openUpstreamIndex(
    { ...network, indexUrls: [environmentValue('UPSTREAM_INDEX')], findLinks: [] },
    { cacheSeconds: 0, indexes: () => policyInForce().indexes },
  );

/** Posts a notice. */
export const post: Post = async (url, { method, headers, body, signal }) => {
  const answer = await http.request(url, { method, headers, body, signal });
  await discardBody(answer);
  return answer;
};
