import { openFirewall } from '../firewall/firewall.ts';
import type { Policy } from '../firewall/policy.ts';
import { openSources } from '../firewall/sources/sources.ts';
import type { Firewall } from '../firewall/types.ts';
import type { Http } from '../index/http-types.ts';
import type { UpstreamIndex } from '../index/types.ts';
import { Secret } from '../secret.ts';
import { version } from '../version.ts';
import { openIndexInspector } from '../workflow/inspector.ts';
import type { sourceUrls } from './source-urls.ts';

type FirewallParts = {
  readonly policy: Policy;
  readonly upstream: UpstreamIndex;
  readonly http: Http;
  readonly sources: ReturnType<typeof sourceUrls>;
  readonly githubToken: string | undefined;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
};

/** Opens the firewall with its signal sources. */
export function firewallOver({ policy, upstream, http, sources, githubToken, now }: FirewallParts): Firewall {
  return openFirewall({
    policy,
    sources: openSources({
      http,
      addresses: sources,
      now,
      githubToken: githubToken === undefined ? undefined : new Secret(githubToken),
      userAgent: `awspip/${version}`,
    }),
    now,
    inspect: openIndexInspector(upstream, now),
  });
}
