import { expect, test } from 'vitest';
import { wheel } from '../helpers/distributions.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { damages, installDamaged } from './damage.ts';

const stage = indexWithUser();

test.each(damages.map((damage, at) => [damage[0], at] as const))(
  '%s is healed, or named and repaired',
  async (_, at) => {
    const { packageIndex, user } = stage;
    packageIndex.publish('steady', '1.0', wheel({ name: 'steady', version: '1.0' }));
    const blocked = { downloads: 1, stars: 1, olderVersions: 0, repository: false, uploadTime: '2019-01-01T00:00:00Z' };
    packageIndex.publish('decided', '1.0', wheel({ name: 'decided', version: '1.0' }), blocked);
    if (at === 0) {
      await user.run(['install', '--target', 'before', 'steady']);
      expect((await user.run(['install', '--target', 'before', 'decided'])).exitCode).toBe(10);
      expect((await user.run(['approve', 'decided==1.0', '--reason', 'ours'])).exitCode).toBe(0);
      expect((await user.run(['install', '--target', 'before', 'decided'])).exitCode).toBe(0);
    }
    const damage = damages[at];
    if (damage === undefined) throw new Error('no such damage');
    const { outcome, output } = await installDamaged(user, damage, `after-${at}`, ['steady', 'decided']);
    expect([outcome, outcome === 'lost' ? output : '']).toEqual([expect.stringMatching(/healed|repaired/), '']);
  },
);
