import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
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
