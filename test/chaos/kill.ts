import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import type { PackageIndex } from '../helpers/package-index.ts';

type Stage = { readonly packageIndex: PackageIndex; readonly user: Sandbox };

/** What is killed, and when: milliseconds after the start of the command. */
export type Kill = { readonly target: 'client' | 'stack' | 'pip'; readonly after: number };

/** How a command that was hit ended: by itself, or only when it was run again. */
export type Survival = { readonly first: number | null; readonly again: number | null; readonly output: string };

/** Returns kills that are spread evenly over the first seconds of an install. */
export function spreadKills(target: Kill['target'], count: number, milliseconds = 6000): readonly Kill[] {
  return Array.from({ length: count }, (_, at) => ({ target, after: Math.round((milliseconds * (at + 0.5)) / count) }));
}

async function processOf({ user }: Stage, client: number, target: Kill['target']): Promise<number | undefined> {
  if (target === 'client') return client;
  if (target === 'stack') {
    const { stdout } = await user.run(['local', 'status']);
    return Number(/process (\d+)/.exec(stdout)?.[1]) || undefined;
  }
  const { execa } = await import('execa');
  const { stdout } = await execa('pgrep', ['-P', String(client)], { reject: false });
  return Number(stdout.split('\n')[0]) || undefined;
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Installs a new package, kills a process meanwhile, and runs the command again if it did not succeed. */
export async function killDuringInstall(stage: Stage, name: string, { target, after }: Kill): Promise<Survival> {
  const { packageIndex, user } = stage;
  packageIndex.publish(name, '1.0', wheel({ name, version: '1.0', requires: [`${name}-base`] }));
  packageIndex.publish(`${name}-base`, '1.0', wheel({ name: `${name}-base`, version: '1.0' }));
  await user.run(['local', 'up']);
  // The process of the stack is looked up before the install, so that the kill comes at its time.
  const known = target === 'stack' ? await processOf(stage, 0, 'stack') : undefined;
  const running = user.start(['install', '--target', name, name]);
  await pause(after);
  kill(known ?? (await processOf(stage, running.pid, target)));
  const first = await running.ended;
  if (first.exitCode === 0) return { first: 0, again: 0, output: '' };
  const again = await user.run(['install', '--target', name, name]);
  return { first: first.exitCode, again: again.exitCode, output: `${first.stderr}\n---\n${again.stderr}` };
}
