import { open } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { ProcessContext } from '../process-context.ts';
import type { ReviewService } from '../review/types.ts';
import { openDeployment } from './deployment.ts';
import { requester } from './process-context.ts';
import { stackConfiguration } from './stack.ts';
import { stackPolicy } from './stack-policy.ts';

/** Where people decide: opened part by part, as each verb needs it. */
export function openReviewService(context: ProcessContext): ReviewService {
  return {
    input: process.stdin,
    output: (text) => new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error))),
    readStart,
    policy: async () => stackPolicy(await stackConfiguration(context)),
    records: async (mode) =>
      (await import('../review/records.ts')).openRecords(context, await openDeployment(context, mode)),
    // The firewall has the popularity list with it, which most verbs do not need.
    firewall: async () => (await import('./firewall-service.ts')).openFirewallService(context),
    vet: async (...given) => (await import('./vet.ts')).vetCommand(context, ...given),
    now: context.now,
    who: requester(),
    unique: context.unique,
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
