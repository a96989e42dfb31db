import { readFileSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { sandbox } from '../helpers/awspip.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { openHostileIndex } from '../helpers/hostile-index.ts';
import { startPackageIndex } from '../helpers/package-index.ts';
import type { Pip } from './suite.ts';

// `npm run test:pips` creates the file with test/tools/prepare-pips.mjs.
const folder =
  process.env.AWSPIP_TEST_PIPS_DIRECTORY ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'awspip-test-pips');
const pips = JSON.parse(readFileSync(path.join(folder, 'pips.json'), 'utf8')) as Pip[];

const packageIndex = await startPackageIndex();
const user = await sandbox(packageIndex.environment);
const hostile = await openHostileIndex(user.folder);
const directReference = `evil @ file://${hostile.files.wheel}`;
const dynamic = 'Metadata-Version: 2.2\nName: trojan\nVersion: 1.0\nDynamic: Requires-Dist\n\n';
for (const name of ['plain', 'builder']) packageIndex.publish(name, '1.0', wheel({ name, version: '1.0' }));
const sourced = { name: 'sourced', version: '1.0', requires: ['plain'], buildRequires: ['builder'] };
packageIndex.publish('sourced', '1.0', await sdist(sourced));
const trojan = { name: 'trojan', version: '1.0', requires: [directReference], files: { 'PKG-INFO': dynamic } };
const text = Array.from({ length: 300 }, (_, at) => `def function_${at}(a, b=${at}):\n    return {a: [b, a + b]}\n`);
const modules = Array.from({ length: 100 }, (_, at) => [`large/module_${at}.py`, text.join('')]);
const large = wheel({ name: 'large', version: '1.0', files: Object.fromEntries(modules) });
packageIndex.publish('large', '1.0', large);
packageIndex.publish('trojan', '1.0', await sdist(trojan));

afterAll(async () => {
  await hostile.close();
  await user.remove();
  await packageIndex.close();
});

describe.each(pips)('pip $pip on $from', ({ pip, python }) => {
  const environment = { AWSPIP_PYTHON: python, PIP_CACHE_DIR: user.path('cache', pip) };
  const install = (target: string, name: string, ...options: string[]) =>
    user.run(['install', '-q', '--target', user.path(pip, target), ...options, name], environment);

  test('vetted releases are installed without warnings, built or from the cache', async () => {
    for (const target of ['built', 'cached']) {
      const result = await install(target, 'sourced');
      expect(result.exitCode, result.stderr).toBe(0);
      expect(result.stderr).not.toMatch(/WARNING|report/);
    }
  });

  test('releases of an earlier install in the same folder are not reported', async () => {
    for (const name of ['builder', 'plain']) {
      const result = await install('in-a-row', name, '--upgrade');
      expect(result.exitCode, result.stderr).toBe(0);
    }
  });

  test('an install leaves the files that pip alone leaves, each module compiled', async () => {
    await writeFile(user.path(large.filename), large.bytes);
    const argv = ['-m', 'pip', 'install', '-q', '--no-index', '--target', user.path(pip, 'alone')];
    await execa(python, [...argv, user.path(large.filename)], { env: { PIP_CONFIG_FILE: '/dev/null' } });
    const result = await install('large', 'large');
    expect(result.exitCode, result.stderr).toBe(0);
    const alone = await installedFiles(user.path(pip, 'alone'));
    expect(alone.filter((file) => file.startsWith('compiled '))).toHaveLength(101);
    expect(await installedFiles(user.path(pip, 'large'))).toEqual(alone);
  });

  test.each([[[]], [['--isolated']]])(
    'a dependency added by a build is an error that names the file %j',
    async (options) => {
      const result = await install(`trojan${options.length}`, 'trojan', ...options);
      expect([result.exitCode, result.stderr]).toEqual([
        10,
        expect.stringContaining('evil-99.0-py3-none-any.whl (evil 99.0)'),
      ]);
    },
  );
});

/** Returns the files of a folder, and the lines of each RECORD. direct_url.json is only of an install from a file. */
async function installedFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const lines = files.map(async (file) => {
    if (file.endsWith('RECORD')) return (await readFile(file, 'utf8')).split(/\r?\n/);
    const isCompiled = file.endsWith('.pyc') && (await stat(file)).size > 16;
    return `${isCompiled ? 'compiled' : 'file'} ${path.relative(folder, file)}`;
  });
  const all = (await Promise.all(lines)).flat();
  return all.filter((line) => !line.includes('direct_url.json')).sort();
}
