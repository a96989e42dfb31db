import { isInternal } from '../firewall/lists.ts';
import type { ProcessContext } from '../process-context.ts';
import type { FirewallService } from '../review/types.ts';
import { openRecentPages } from '../workflow/recent-pages.ts';
import { policyFrom } from './policy.ts';
import { stackConfiguration } from './stack.ts';
import { openStackServices } from './stack-services.ts';

/** Opens the firewall in this process, with the policy, sources and index of the local stack. */
export async function openFirewallService(context: ProcessContext): Promise<FirewallService> {
  const configuration = await stackConfiguration(context);
  const { firewall, upstream, close } = openStackServices(context, configuration);
  const policy = policyFrom(configuration.policy);
  const pages = openRecentPages(upstream, context.now);
  return {
    policy,
    page: async (name) => (isInternal(policy, name) ? { kind: 'private' } : pages.index.page(name)),
    assess: async (name, version) =>
      firewall.assess({
        name,
        version,
        ...(isInternal(policy, name) ? {} : await pages.pageOf({ name })),
        files: policy.withheldFiles === 'hide' ? 'wheels' : 'now',
        thorough: true,
      }),
    close,
  };
}
