import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { stackVariables } from '../chaos/load.ts';
import { type Distribution, wheel } from '../helpers/distributions.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';

const stage = indexWithUser();

beforeAll(async () => {
  const { user, packageIndex } = stage;
  await writeFile(user.path('policy.json'), JSON.stringify({ ...recommendedPolicy, internal: ['acme-*'] }));
  user.environment.AWSPIP_POLICY = user.path('policy.json');
  packageIndex.publish('public', '1.0', wheel({ name: 'public', version: '1.0' }));
  // Somebody else has registered the name.
  packageIndex.publish('acme-app', '99.0', wheel({ name: 'acme-app', version: '99.0' }));
});

/** Uploads a file with the variables that `awspip local env` prints for twine. */
async function upload({ filename, bytes, sha256 }: Distribution): Promise<number> {
  const { TWINE_REPOSITORY_URL = '', TWINE_USERNAME, TWINE_PASSWORD } = await stackVariables(stage.user);
  const [name = '', version = ''] = filename.split('-');
  const form = new FormData();
  const fields = { ':action': 'file_upload', name, version, filetype: 'bdist_wheel', sha256_digest: sha256 };
  for (const [key, value] of Object.entries(fields)) form.append(key, value);
  form.append('content', new Blob([new Uint8Array(bytes)]), filename);
  const authorization = `Basic ${Buffer.from(`${TWINE_USERNAME}:${TWINE_PASSWORD}`).toString('base64')}`;
  return (await fetch(TWINE_REPOSITORY_URL, { method: 'POST', body: form, headers: { authorization } })).status;
}

const installedVersion = async (target: string) =>
  /^Version: (.*)$/m.exec(await readFile(stage.user.path(target, 'acme_app-1.0.dist-info', 'METADATA'), 'utf8'))?.[1];

test('an uploaded package is installed without a verdict, its dependencies are vetted, and the index’s package of that name is not used', async () => {
  const { user } = stage;
  const own = wheel({ name: 'acme-app', version: '1.0', requires: ['public', 'acme-lib>=1'] });
  expect(await upload(own)).toBe(200);
  expect(await upload(wheel({ name: 'acme-lib', version: '1.0' }))).toBe(200);
  const { exitCode, stderr, report } = await user.install(['--target', 'one', 'acme-app']);
  expect(exitCode, stderr).toBe(0);
  expect(await installedVersion('one')).toBe('1.0');
  expect(report.releases).toMatchObject([{ name: 'public', version: '1.0', status: 'SECURE' }]);
  const newer = await user.install(['--target', 'two', 'acme-app>=2']);
  expect([newer.exitCode, newer.stderr]).toEqual([12, expect.stringContaining('the newest is 1.0')]);
  expect(stage.packageIndex.requests.filter((url) => url.includes('/files/') && url.includes('acme'))).toEqual([]);
});

test('an audit does not report an uploaded package, but one that only has such a name', async () => {
  const { user } = stage;
  await promisify(execFile)('python3', ['-m', 'venv', '--without-pip', user.path('env')]);
  const [python = ''] = await readdir(user.path('env/lib'));
  const site = user.path('env/lib', python, 'site-packages');
  expect((await user.install(['--target', site, 'acme-app'])).exitCode).toBe(0);
  await mkdir(`${site}/acme_other-1.0.dist-info`);
  await writeFile(`${site}/acme_other-1.0.dist-info/METADATA`, 'Name: acme-other\nVersion: 1.0\n\n');
  const { exitCode, stdout } = await user.run(['audit-environment', '--python', 'env', '--no-feeds', '--json']);
  const { packages } = JSON.parse(stdout) as { packages: { name: string; state: string }[] };
  expect(exitCode).toBe(10);
  expect(packages.map(({ name, state }) => [name, state]).toSorted()).toEqual([
    ['acme-app', 'exempt'],
    ['acme-lib', 'exempt'],
    ['acme-other', 'unvetted'],
    ['public', 'vetted'],
  ]);
});
