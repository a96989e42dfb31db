import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox, startProcess, until } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { startWorld, type World } from '../helpers/world.ts';

let world: World;
let user: Sandbox;

beforeAll(async () => {
  world = await startWorld();
  user = await sandbox(world.environment);
});
afterAll(async () => {
  await user.remove();
  await world.close();
});

test('plain pip at secure-pypi: 404, the event starts the workflow, a later plain install works', async () => {
  world.publish('plainly', '1.0', wheel({ name: 'plainly', version: '1.0', requires: ['needed'] }));
  world.publish('needed', '1.0', wheel({ name: 'needed', version: '1.0' }));
  const { stdout } = await user.run(['local', 'env']);
  const variables = Object.fromEntries(
    [...stdout.matchAll(/export (\w+)='([^']*)'/g)].map(([, name, value]) => [name, value]),
  );
  const pip = () =>
    startProcess(
      'python3',
      ['-m', 'pip', 'install', '--no-cache-dir', '--target', user.path('plain'), 'plainly'],
      { ...user.environment, ...variables },
      user.folder,
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
