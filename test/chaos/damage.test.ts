import { cp } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { damages, installDamaged } from './damage.ts';

const stage = indexWithUser();

// Each kind of damage gets a copy of this state: a vetted package, and one that is blocked but approved.
beforeAll(async () => {
  const { packageIndex, user } = stage;
  packageIndex.publish('steady', '1.0', wheel({ name: 'steady', version: '1.0' }));
  const blocked = { downloads: 1, stars: 1, olderVersions: 0, repository: false, uploadTime: '2019-01-01T00:00:00Z' };
  packageIndex.publish('decided', '1.0', wheel({ name: 'decided', version: '1.0' }), blocked);
  await user.run(['install', '--target', 'before', 'steady']);
  expect((await user.run(['install', '--target', 'before', 'decided'])).exitCode).toBe(10);
  expect((await user.run(['approve', 'decided==1.0', '--reason', 'ours'])).exitCode).toBe(0);
  expect((await user.run(['install', '--target', 'before', 'decided'])).exitCode).toBe(0);
  await user.run(['local', 'down']);
});

test.each(damages)('%s is healed, or named and repaired', async (...damage) => {
  const user = await sandbox(stage.packageIndex.environment);
  try {
    await cp(stage.user.path('state'), user.path('state'), { recursive: true });
    const { outcome, output } = await installDamaged(user, damage, 'after', ['steady', 'decided']);
    expect([outcome, outcome === 'lost' ? output : '']).toEqual([expect.stringMatching(/healed|repaired/), '']);
  } finally {
    await user.remove();
  }
});
