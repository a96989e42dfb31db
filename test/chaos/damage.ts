import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Sandbox } from '../helpers/awspip.ts';

/** One kind of damage to the folder of the local stack. */
export type Damage = readonly [description: string, apply: (folder: string) => Promise<unknown>];

/** Returns the files below a folder whose path matches. */
async function filesIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const found = names.filter((name) => pattern.test(name)).map((name) => path.join(folder, name));
  if (found.length === 0) throw new Error(`no file matches ${pattern}`);
  return found;
}

const overwrite = (pattern: RegExp, text: string) => async (folder: string) => {
  for (const file of await filesIn(folder, pattern)) await writeFile(file, text);
};
const halve = (pattern: RegExp) => async (folder: string) => {
  for (const file of await filesIn(folder, pattern)) {
    await truncate(file, Math.floor((await readFile(file)).length / 2));
  }
};
const becomeFolder = (pattern: RegExp) => async (folder: string) => {
  for (const file of await filesIn(folder, pattern)) {
    await rm(file, { recursive: true });
    await mkdir(file);
  }
};
const becomeFile = (name: string) => async (folder: string) => {
  await rm(path.join(folder, name), { recursive: true, force: true });
  await writeFile(path.join(folder, name), 'a file');
};
const blob = /^files\/[0-9a-f]{2}\/[0-9a-f]{64}$/;

/** Every kind of damage, by the state that it hits. */
export const damages: readonly Damage[] = [
  ['an empty secret', overwrite(/^secret$/, '')],
  ['a secret with other content', overwrite(/^secret$/, 'no secret')],
  ['a folder in place of the secret', becomeFolder(/^secret$/)],
  ['a port that is no number', overwrite(/^port$/, 'x')],
  ['half a port file', (folder) => writeFile(path.join(folder, 'stack.json'), '{"port":')],
  ['a folder in place of the port file', (folder) => mkdir(path.join(folder, 'stack.json'))],
  ['the note of a start that died', (folder) => writeFile(path.join(folder, 'starting'), '999999')],
  ['a file in place of the lock', becomeFile('lock')],
  ['tables with another journal', overwrite(/^tables\/journal$/, 'x\n')],
  ['tables with half a journal', halve(/^tables\/journal$/)],
  ['tables with an empty journal', overwrite(/^tables\/journal$/, '')],
  ['a file in place of the tables', becomeFile('tables')],
  ['half a configuration', halve(/configuration\.json$/)],
  ['half a domain', halve(/domain\.json$/)],
  ['half a vetted package', halve(/packages\/secure-pypi\/.*\.json$/)],
  ['an empty imported package', overwrite(/packages\/(package-install|pypi-store)\/.*\.json$/, '')],
  ['a folder in place of a package', becomeFolder(/packages\/secure-pypi\/.*\.json$/)],
  ['half a closed execution', halve(/executions\/closed\/.*\.json$/)],
  [
    'a running execution that is no JSON',
    async (folder) => {
      for (const running of await filesIn(folder, /executions\/running$/))
        await writeFile(path.join(running, 'x.json'), '{');
    },
  ],
  ['a truncated file', halve(blob)],
  ['a file with other bytes', overwrite(blob, 'other bytes')],
  ['a folder in place of a file', becomeFolder(blob)],
];

/** Stops the stack, damages it, and installs. If that fails, repairs it and installs again. */
export async function installDamaged(
  user: Sandbox,
  [, apply]: Damage,
  target: string,
  requirements: readonly string[],
): Promise<{ readonly outcome: 'healed' | 'repaired' | 'lost'; readonly output: string }> {
  await user.run(['local', 'down']);
  const state = user.path('state');
  const [name = ''] = (await readdir(state)).filter((entry) => entry.startsWith('stack-'));
  await apply(path.join(state, name));
  const argv = ['install', '--no-cache-dir', '--target', target, ...requirements];
  const first = await user.run(argv);
  if (first.exitCode === 0) return { outcome: 'healed', output: first.stderr };
  // What a running stack finds damaged is named by the next command.
  const named = first.stderr.includes('awspip local repair') ? first : await user.run(argv);
  const repaired = await user.run(['local', 'repair']);
  const again = await user.run(argv);
  const output = [first, named, repaired, again]
    .map(({ exitCode, stderr, stdout }) => `${exitCode} ${stdout}${stderr}`)
    .join('\n');
  const isNamed = named.stderr.includes('awspip local repair');
  return { outcome: isNamed && again.exitCode === 0 ? 'repaired' : 'lost', output };
}
