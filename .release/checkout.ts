import { appendFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Run } from './context.ts';

/** What git knows of the project's folder. */
export type Checkout = {
  readonly branch: string;
  /** What `git status --porcelain` prints. */
  readonly status: string;
  readonly head: string;
  readonly tags: readonly string[];
  /** Whether git signs annotated tags by its configuration. */
  readonly signs: boolean;
};

export async function readCheckout(folder: string, run: Run): Promise<Checkout> {
  const git = (...argv: string[]) => run('git', argv, { cwd: folder });
  return {
    branch: await git('rev-parse', '--abbrev-ref', 'HEAD'),
    status: await readStatus(folder, run),
    head: await git('rev-parse', 'HEAD'),
    tags: (await git('tag', '--list')).split('\n').filter((tag) => tag !== ''),
    signs: (await git('config', '--type=bool', '--default=false', '--get', 'tag.gpgSign')) === 'true',
  };
}

/** Returns what is not committed, as `git status --porcelain` prints it. */
export function readStatus(folder: string, run: Run): Promise<string> {
  return run('git', ['status', '--porcelain'], { cwd: folder });
}

/**
 * Calls `use` with a clone of what is committed, and removes the clone. The clone shares the installed packages. It has
 * an identity of its own and signs nothing, so that no key is asked for.
 */
export async function inCopy<Result>(
  folder: string,
  run: Run,
  use: (copy: string) => Promise<Result>,
): Promise<Result> {
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'awspip-release-'));
  const copy = path.join(temporary, path.basename(folder));
  try {
    await run('git', ['clone', '--quiet', '--shared', folder, copy], { cwd: folder });
    const settings = ['user.name=dry run', 'user.email=dry-run@localhost', 'commit.gpgSign=false', 'tag.gpgSign=false'];
    for (const setting of settings) {
      const [name = '', value = ''] = setting.split('=');
      await run('git', ['config', name, value], { cwd: copy });
    }
    // .gitignore names a folder, and this is a link.
    await appendFile(path.join(copy, '.git/info/exclude'), 'node_modules\n');
    await symlink(path.join(folder, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
    return await use(copy);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
