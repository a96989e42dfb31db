import { type ProcessContext, requester } from '../process-context.ts';
import { readStart } from '../review/read-start.ts';
import type { ReviewService } from '../review/types.ts';
import { openDeployment } from './deployment.ts';
import { stackConfiguration } from './stack.ts';

/** Returns the review service. Each verb opens only the parts that it needs. */
export function openReviewService(context: ProcessContext): ReviewService {
  const service: ReviewService = {
    input: process.stdin,
    output: (text) => new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error))),
    readStart,
    policy: async () => (await import('./policy.ts')).policyFrom((await stackConfiguration(context)).policy),
    records: async (mode) =>
      (await import('../review/records.ts')).openRecords(context, await openDeployment(context, mode)),
    policyNotes: async (mode) => (mode === 'aws' ? (await service.records(mode)).policyNotes() : service.policy()),
    // The firewall loads the popularity list, which most verbs do not need.
    firewall: async (policy) => (await import('./firewall-service.ts')).openFirewallService(context, policy),
    malwareFeed: async () =>
      (await import('../review/malware-feed.ts')).openMalwareFeed(await stackConfiguration(context), context.now),
    installed: async (python) => (await import('../review/read-installed.ts')).readInstalledPackages(context, python),
    vetFolder: async (...options) => (await import('./vet.ts')).vetFolder(context, ...options),
    vet: async (...options) => (await import('./vet.ts')).vetCommand(context, ...options),
    now: context.now,
    userName: requester(),
    unique: context.unique,
  };
  return service;
}
