import { expect, test } from 'vitest';
import { killDuringInstall, spreadKills } from '../chaos/kill.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';

const stage = indexWithUser();

test('a running install survives that the local stack is killed', async () => {
  for (const [at, kill] of spreadKills('stack', 5).entries()) {
    const { first, output } = await killDuringInstall(stage, `survivor-${at}`, kill);
    expect([kill.after, first, output]).toEqual([kill.after, 0, '']);
  }
});

test.each(['client', 'pip'] as const)('the next install succeeds after %s was killed', async (target) => {
  for (const [at, kill] of spreadKills(target, 2).entries()) {
    const { again, output } = await killDuringInstall(stage, `${target}-${at}`, kill);
    expect([kill.after, again, again === 0 ? '' : output]).toEqual([kill.after, 0, '']);
  }
});
