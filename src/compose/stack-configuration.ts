import { sortedIndexes } from '../index/named-indexes.ts';
import type { UpstreamConfiguration } from '../index/types.ts';
import { hashedName } from '../local/names.ts';
import type { Configured, StackServices } from '../local/types.ts';
import { policyFrom } from './policy.ts';
import type { sourceUrls } from './source-urls.ts';

/** What a command registers with the local stack. It contains secrets. */
export type StackConfiguration = {
  readonly upstream: UpstreamConfiguration;
  readonly sources: ReturnType<typeof sourceUrls>;
  readonly githubToken?: string | undefined;
  readonly slackWebhook?: string | undefined;
  readonly webhookSecret?: string | undefined;
  /** The text of the policy file. Absent for the recommended policy. */
  readonly policy?: string | undefined;
};

/**
 * Returns the names for a configuration. The indexes alone decide the domain, with those of the policy, so that a
 * package of one index is never installed where another is configured. Everything else decides the state machine.
 * Credentials of an index and network settings decide neither: they are how to reach the same packages.
 *
 * @throws {AwspipError} of an invalid policy.
 */
export function configured(
  configuration: StackConfiguration,
  open: (configuration: StackConfiguration) => StackServices,
): Configured {
  const { upstream, sources, policy, ...secrets } = configuration;
  const indexes = sortedIndexes(policyFrom(policy).indexes);
  const [indexUrls, findLinks] = [upstream.indexUrls.map(withoutUser), upstream.findLinks.map(withoutUser)];
  const domain = hashedName('local-', { indexUrls, findLinks, ...(indexes.length > 0 && { indexes }) });
  const proxy = upstream.proxy && withoutUser(upstream.proxy);
  return {
    domain,
    stateMachine: hashedName('awspip-', { domain, sources, ...secrets, policy }),
    stored: { upstream: { ...upstream, proxy, indexUrls, findLinks }, sources, policy },
    open: () => open(configuration),
  };
}

/** Removes user and password from a URL. A path stays as it is. */
function withoutUser(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
