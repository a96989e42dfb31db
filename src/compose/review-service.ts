import { isInternal } from '../firewall/lists.ts';
import type { ProcessContext } from '../process-context.ts';
import { readStart } from '../review/read-start.ts';
import type { FirewallService, ReviewService } from '../review/types.ts';
import { recentPages } from '../workflow/recent-pages.ts';
import { openDeployment } from './deployment.ts';
import { policyFrom } from './firewall.ts';
import { requester } from './process-context.ts';
import { stackConfiguration } from './stack.ts';
import { openStackServices } from './stack-services.ts';

/** Returns the review service. Each verb opens only the parts that it needs. */
export function openReviewService(context: ProcessContext): ReviewService {
  return {
    input: process.stdin,
    output: (text) => new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error))),
    readStart,
    policy: async () => policyFrom((await stackConfiguration(context)).policy),
    records: async (mode) =>
      (await import('../review/records.ts')).openRecords(context, await openDeployment(context, mode)),
    firewall: () => openFirewallService(context),
    vet: async (...options) => (await import('./vet.ts')).vetCommand(context, ...options),
    now: context.now,
    who: requester(),
    unique: context.unique,
  };
}

/** Opens the firewall in this process, with the policy, sources and index of the local stack. */
async function openFirewallService(context: ProcessContext): Promise<FirewallService> {
  const configuration = await stackConfiguration(context);
  const { firewall, upstream, close } = openStackServices(context, configuration);
  const policy = policyFrom(configuration.policy);
  const pages = recentPages(upstream, context.now);
  return {
    policy,
    page: async (name) => (isInternal(policy, name) ? { kind: 'private' } : pages.index.page(name)),
    assess: async (name, version) =>
      firewall.assess({ name, version, ...(isInternal(policy, name) ? {} : await pages.of({ name })), thorough: true }),
    close,
  };
}
