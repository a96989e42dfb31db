import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, sandbox, startProcess } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

/** A bare pip reaches the vetted repository or nothing, and awspip still takes packages from the user's own index. */
let packageIndex: PackageIndex;
let user: Sandbox;
let original: string;
const pipFile = () => user.path('config/pip/pip.conf');

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  packageIndex.publish('plain', '1.0', wheel({ name: 'plain', version: '1.0' }));
  const { PIP_INDEX_URL, PIP_TRUSTED_HOST, ...environment } = packageIndex.environment;
  user = await sandbox({ ...environment, PIP_NO_CACHE_DIR: '1' });
  for (const name of Object.keys(user.environment))
    if (/^(?:PIP_(?:INDEX|FIND|CONFIG)|UV_|VIRTUAL_ENV)/.test(name)) delete user.environment[name];
  original = `# mine\n[global]\nindex-url = ${PIP_INDEX_URL}\ntrusted-host = ${PIP_TRUSTED_HOST ?? '127.0.0.1'}\n`;
  await mkdir(path.dirname(pipFile()), { recursive: true });
  await writeFile(pipFile(), original);
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

const barePip = (folder: string) =>
  startProcess('python3', ['-m', 'pip', 'download', '--no-deps', '-d', folder, 'plain'], user.environment, user.folder)
    .ended;
type Line = { readonly name: string; readonly state: string; readonly detail: string };
const ways = async (argv: readonly string[]) => {
  const { exitCode, stdout } = await user.run(['doctor', ...argv, '--json']);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return { exitCode, state: (name: string) => lines.find((line) => line.name === name)?.state, lines };
};

describe('awspip setup --enforce', () => {
  test('before it, the ways are open, and trying them asks no index', async () => {
    expect((await barePip('a')).exitCode).toBe(0);
    const tried = await ways(['--bypass']);
    expect([tried.exitCode, tried.state('python3 -m pip')]).toEqual([78, 'fail']);
    expect(tried.lines.find(({ state }) => state === 'fail')?.detail).toContain(
      'installs unvetted packages from http://127.0.0.1',
    );
    expect(packageIndex.requests.filter((url) => url.includes('probe'))).toEqual([]);
  });

  test('after it, a bare pip finds nothing and awspip vets from the same index as before', async () => {
    expect((await user.run(['setup', '--enforce', '--shell', 'bash'])).exitCode).toBe(0);
    const bare = await barePip('b');
    expect([bare.exitCode, bare.stdout]).toEqual([1, expect.stringContaining('/use-awspip-install')]);
    const tried = await ways(['--bypass']);
    expect([tried.state('python3 -m pip'), tried.state('python3 -m pip --isolated')]).toEqual(['pass', 'fail']);
    const vetted = await user.run(['download', '--no-deps', '-d', 'c', 'plain']);
    expect(vetted.exitCode, vetted.stderr).toBe(0);
  });

  test('`--remove` restores the file', async () => {
    expect((await user.run(['setup', '--remove'])).stdout).toContain(`restored: ${pipFile()}`);
    expect(await readFile(pipFile(), 'utf8')).toBe(original);
    expect((await barePip('d')).exitCode).toBe(0);
  });
});
