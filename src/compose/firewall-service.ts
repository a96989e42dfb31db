import { fitsGlob } from '../firewall/lists.ts';
import type { ProjectName } from '../index/types.ts';
import type { ProcessContext } from '../process-context.ts';
import type { FirewallService } from '../review/types.ts';
import { recentPages } from '../workflow/recent-pages.ts';
import { stackConfiguration } from './stack.ts';
import { stackPolicy } from './stack-policy.ts';
import { openStackServices } from './stack-services.ts';

/** Opens the firewall that the local stack would have, in this process: its policy, its sources, its index. */
export async function openFirewallService(context: ProcessContext): Promise<FirewallService> {
  const configuration = await stackConfiguration(context);
  const { firewall, upstream, close } = openStackServices(context, configuration);
  const policy = stackPolicy(configuration);
  const pages = recentPages(upstream, context.now);
  const isPrivate = (name: ProjectName) => policy.internal.some((pattern) => fitsGlob(pattern, name));
  return {
    policy,
    page: async (name) => (isPrivate(name) ? { kind: 'private' } : pages.index.page(name)),
    assess: async (name, version) =>
      firewall.assess({ name, version, ...(isPrivate(name) ? {} : await pages.of({ name })), thorough: true }),
    close,
  };
}
