import { expect, test } from 'vitest';
import { startProcess, until } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';

const stage = indexWithUser();

test('plain pip gets a 404 from secure-pypi, the event starts the workflow, and a later install works', async () => {
  stage.packageIndex.publish('plainly', '1.0', wheel({ name: 'plainly', version: '1.0', requires: ['needed'] }));
  stage.packageIndex.publish('needed', '1.0', wheel({ name: 'needed', version: '1.0' }));
  const { stdout } = await stage.user.run(['local', 'env']);
  const variables = Object.fromEntries(
    [...stdout.matchAll(/export (\w+)='([^']*)'/g)].map(([, name, value]) => [name, value]),
  );
  const pip = () =>
    startProcess(
      'python3',
      ['-m', 'pip', 'install', '--no-cache-dir', '--target', stage.user.path('plain'), 'plainly'],
      { ...stage.user.environment, ...variables },
      stage.user.folder,
    ).ended;

  const first = await pip();
  expect(first.exitCode).toBe(1);
  expect(first.stderr).toContain('No matching distribution found for plainly');

  const later = await until('a plain install to work', async () => {
    const ran = await pip();
    return ran.exitCode === 0 ? ran : undefined;
  });
  expect(later.stdout).toContain('Successfully installed');
});
