import { openFirewall } from '../firewall/firewall.ts';
import type { Policy } from '../firewall/policy.ts';
import { openSources } from '../firewall/sources/sources.ts';
import type { Firewall } from '../firewall/types.ts';
import type { Http } from '../index/http-types.ts';
import type { UpstreamIndex } from '../index/types.ts';
import { Secret } from '../secret.ts';
import { version } from '../version.ts';
import { openInspectionWorker } from '../workflow/inspection-worker.ts';
import { openIndexInspector } from '../workflow/inspector.ts';
import type { sourceUrls } from './source-urls.ts';

type FirewallParts = {
  readonly upstream: UpstreamIndex;
  readonly http: Http;
  readonly sources: ReturnType<typeof sourceUrls>;
  readonly githubToken: string | undefined;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
};

/** Opens the signal sources, and returns a function that opens a firewall over them by a policy. */
export function firewallParts(parts: FirewallParts): (policy: Policy) => Firewall {
  const { upstream, http, sources: addresses, githubToken, now } = parts;
  const sources = openSources({
    http,
    addresses,
    now,
    githubToken: githubToken === undefined ? undefined : new Secret(githubToken),
    userAgent: `awspip/${version}`,
  });
  const inspect = openIndexInspector(upstream, now, openInspectionWorker().inspectFile);
  return (policy) => openFirewall({ policy, sources, now, inspect });
}
