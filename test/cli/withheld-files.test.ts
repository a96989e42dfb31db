import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

// It runs only where somebody asks for it, because the test builds the approved sdist.
const download =
  "import os, urllib.request\nif os.environ.get('DOWNLOAD'): urllib.request.urlopen('https://example.org/')\n";

let packageIndex: PackageIndex;
let user: Sandbox;
beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox(packageIndex.environment);
  const project = { name: 'mixed', version: '1.0' };
  packageIndex.publish('mixed', '1.0', wheel(project));
  packageIndex.publish('mixed', '1.0', await sdist({ ...project, buildScript: download }));
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

const install = (folder: string, ...argv: string[]) => user.install(['--target', user.path(folder), ...argv, 'mixed']);

test('the wheel of a release installs, its sdist does not, and an approval changes that', async () => {
  expect(await install('wheel')).toMatchObject({ exitCode: 0 });
  const source = await install('source', '--no-binary', 'mixed');
  expect(source.exitCode, source.stderr).toBe(11);
  expect(source.stderr).toContain('mixed 1.0 is on hold');
  expect(source.stderr).toMatch(/mixed-1\.0\.tar\.gz\b.*backend\.py.* uses the network/);

  const explained = await user.run(['explain', 'mixed==1.0']);
  expect(explained.stdout).toContain('mixed 1.0 is allowed');
  expect(explained.stdout).toMatch(/\nFiles that awspip hides\n {2}mixed-1\.0\.tar\.gz is on hold: /);

  expect(await user.run(['approve', 'mixed==1.0', '--reason', 'we read it'])).toMatchObject({ exitCode: 0 });
  const approved = await install('approved', '--no-binary', 'mixed');
  expect(approved.exitCode, approved.stderr).toBe(0);
});
