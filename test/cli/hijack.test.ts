import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

// A project of the popularity list, on an index of the test.
const name = 'requests';
const decode = "import base64; exec(base64.b64decode('cHJpbnQoMSk='))\n";

let packageIndex: PackageIndex;
let user: Sandbox;
beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox(packageIndex.environment);
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

const publish = (version: string, files: Record<string, string> = {}) =>
  packageIndex.publish(name, version, wheel({ name, version, files }));
const install = (version: string) => user.install(['--target', user.path(version), `${name}==${version}`]);

test('a release of a popular project that adds startup code is on hold with the difference, the next one passes', async () => {
  publish('1.0');
  expect(await install('1.0')).toMatchObject({ exitCode: 0 });
  publish('1.1', { 'requests-hook.pth': decode });
  const hijacked = await install('1.1');
  expect(hijacked.exitCode, hijacked.stderr).toBe(11);
  expect(hijacked.stderr.replace(/\s+/g, ' ')).toMatch(
    /New since 1\.0: requests-1\.1-py3-none-any\.whl: requests-hook\.pth:1 runs whenever Python starts/,
  );
  publish('1.2');
  expect(await install('1.2')).toMatchObject({ exitCode: 0 });
});
