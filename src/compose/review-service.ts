import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Desk, Judge } from '../review/types.ts';
import { AwspipError } from '../errors.ts';
import { fitsGlob } from '../firewall/lists.ts';
import type { ProjectName } from '../index/types.ts';
import { recentPages } from '../workflow/recent-pages.ts';
import { openBackRoom, policyOf } from './stack-services.ts';
import { type Edge, whoAsks } from './process-context.ts';
import { stackConfiguration } from './stack.ts';

/** Where people decide: opened part by part, as each verb needs it. */
export function openDesk(edge: Edge): Desk {
  return {
    input: process.stdin,
    output: (text) => new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error))),
    readStart,
    policy: async () => policyOf(await stackConfiguration(edge)),
    records: async (mode) => (await import('../review/records.ts')).openRecords(edge, mode),
    judge: () => openJudge(edge),
    vet: async (...given) => (await import('./vet.ts')).vetCommand(edge, ...given),
    now: edge.now,
    who: whoAsks(),
    unique: edge.unique,
  };
}

/** The firewall that the embedded stack would have, in this process: its policy, its sources, its index. */
async function openJudge(edge: Edge): Promise<Judge> {
  const configuration = await stackConfiguration(edge);
  const { firewall, upstream, close } = openBackRoom(edge, configuration);
  const policy = policyOf(configuration);
  const pages = recentPages(upstream, edge.now);
  const isPrivate = (name: ProjectName) => policy.internal.some((pattern) => fitsGlob(pattern, name));
  return {
    policy,
    page: async (name) => (isPrivate(name) ? { kind: 'private' } : pages.index.page(name)),
    assess: async (name, version) =>
      firewall.assess({ name, version, ...(isPrivate(name) ? {} : await pages.of({ name })), thorough: true }),
    close,
  };
}

async function readStart(file: string, mostBytes: number): Promise<string> {
  try {
    const handle = await open(path.resolve(file), 'r');
    try {
      const buffer = Buffer.alloc(mostBytes);
      let size = 0;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, size, mostBytes - size);
        size += bytesRead;
        if (bytesRead === 0 || size === mostBytes) return buffer.toString('utf8', 0, size);
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
