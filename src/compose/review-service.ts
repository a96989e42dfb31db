import { open } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { fitsGlob } from '../firewall/lists.ts';
import type { ProjectName } from '../index/types.ts';
import type { ProcessContext } from '../process-context.ts';
import type { FirewallService, ReviewService } from '../review/types.ts';
import { recentPages } from '../workflow/recent-pages.ts';
import { openDeployment } from './deployment.ts';
import { requester } from './process-context.ts';
import { stackConfiguration } from './stack.ts';
import { openStackServices, policyOf } from './stack-services.ts';

/** Where people decide: opened part by part, as each verb needs it. */
export function openReviewService(context: ProcessContext): ReviewService {
  return {
    input: process.stdin,
    output: (text) => new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error))),
    readStart,
    policy: async () => policyOf(await stackConfiguration(context)),
    records: async (mode) =>
      (await import('../review/records.ts')).openRecords(context, await openDeployment(context, mode)),
    firewall: () => openFirewallService(context),
    vet: async (...given) => (await import('./vet.ts')).vetCommand(context, ...given),
    now: context.now,
    userName: requester(),
    unique: context.unique,
  };
}

/** The firewall that the local stack would have, in this process: its policy, its sources, its index. */
async function openFirewallService(context: ProcessContext): Promise<FirewallService> {
  const configuration = await stackConfiguration(context);
  const { firewall, upstream, close } = openStackServices(context, configuration);
  const policy = policyOf(configuration);
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

async function readStart(file: string, maxBytes: number): Promise<string> {
  try {
    const handle = await open(path.resolve(file), 'r');
    try {
      const buffer = Buffer.alloc(maxBytes);
      let size = 0;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, size, maxBytes - size);
        size += bytesRead;
        if (bytesRead === 0 || size === maxBytes) return buffer.toString('utf8', 0, size);
      }
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new AwspipError('file-unreadable', `${file} cannot be read`, {
      exit: 'configuration',
      hint: 'name a file that can be read',
      cause,
    });
  }
}
