import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sandbox } from '../helpers/awspip.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { openHostileIndex } from '../helpers/hostile-index.ts';
import { startPackageIndex } from '../helpers/package-index.ts';
import type { Pip } from './suite.ts';

// Made by test/tools/prepare-pips.mjs, which `npm run test:pips` runs first.
const folder =
  process.env.AWSPIP_TEST_PIPS_DIRECTORY ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'awspip-test-pips');
const pips = JSON.parse(readFileSync(path.join(folder, 'pips.json'), 'utf8')) as Pip[];

const world = await startPackageIndex();
const user = await sandbox(world.environment);
const hostile = await openHostileIndex(user.folder);
const needs = `evil @ file://${hostile.files.wheel}`;
const dynamic = 'Metadata-Version: 2.2\nName: trojan\nVersion: 1.0\nDynamic: Requires-Dist\n\n';
for (const name of ['plain', 'builder']) world.publish(name, '1.0', wheel({ name, version: '1.0' }));
const sourced = { name: 'sourced', version: '1.0', requires: ['plain'], buildRequires: ['builder'] };
world.publish('sourced', '1.0', await sdist(sourced));
const trojan = { name: 'trojan', version: '1.0', requires: [needs], files: { 'PKG-INFO': dynamic } };
world.publish('trojan', '1.0', await sdist(trojan));

afterAll(async () => {
  await hostile.close();
  await user.remove();
  await world.close();
});

describe.each(pips)('pip $pip on $from', ({ pip, python }) => {
  const environment = { AWSPIP_PYTHON: python, PIP_CACHE_DIR: user.path('cache', pip) };
  const install = (target: string, name: string, ...more: string[]) =>
    user.run(['install', '-q', '--target', user.path(pip, target), ...more, name], environment);

  test('what is vetted lands without a word, built or from the cache', async () => {
    for (const target of ['built', 'cached']) {
      const ran = await install(target, 'sourced');
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(ran.stderr).not.toMatch(/WARNING|report/);
    }
  });

  test('what an install just before left in the same place is not held against this one', async () => {
    for (const name of ['builder', 'plain']) {
      const ran = await install('in-a-row', name, '--upgrade');
      expect(ran.exitCode, ran.stderr).toBe(0);
    }
  });

  test.each([[[]], [['--isolated']]])('what a build brought along is an error that names the file %j', async (more) => {
    const ran = await install(`trojan${more.length}`, 'trojan', ...more);
    expect([ran.exitCode, ran.stderr]).toEqual([10, expect.stringContaining('evil-99.0-py3-none-any.whl (evil 99.0)')]);
  });
});
