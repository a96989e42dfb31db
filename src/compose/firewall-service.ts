import { isInternal } from '../firewall/lists.ts';
import type { Policy } from '../firewall/policy.ts';
import type { ProcessContext } from '../process-context.ts';
import type { FirewallService } from '../review/types.ts';
import { openRecentPages } from '../workflow/recent-pages.ts';
import { policyFrom } from './policy.ts';
import { stackConfiguration } from './stack.ts';
import { openStackServices } from './stack-services.ts';

/** Opens the firewall in this process, with the sources and index of the local stack, and its policy or another one. */
export async function openFirewallService(context: ProcessContext, other?: Policy): Promise<FirewallService> {
  const ofMachine = await stackConfiguration(context);
  const configuration = other === undefined ? ofMachine : { ...ofMachine, policy: JSON.stringify(other) };
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
        // A replay needs what its policy needs. The files of many releases are not inspected again.
        files: other !== undefined ? 'later' : policy.withheldFiles === 'hide' ? 'wheels' : 'now',
        thorough: other === undefined,
      }),
    close,
  };
}
