import { expect, test } from 'vitest';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { killDuringInstall, spreadKills } from './kill.ts';

const stage = indexWithUser();
/** `AWSPIP_TEST_KILLS` sets another number of kills of each process. */
const rounds = Number(process.env.AWSPIP_TEST_KILLS ?? 60);

test('a running install survives every kill of the local stack', async () => {
  const target = 'stack';
  const failed: unknown[] = [];
  for (const [at, kill] of spreadKills(target, rounds).entries()) {
    const survival = await killDuringInstall(stage, `${target}-${at}`, kill);
    if (survival.first !== 0) failed.push({ kill, ...survival });
  }
  expect(failed).toEqual([]);
});

test.each(['client', 'pip'] as const)('the next command succeeds after kills of %s', async (target) => {
  const failed: unknown[] = [];
  for (const [at, kill] of spreadKills(target, rounds).entries()) {
    const survival = await killDuringInstall(stage, `${target}-${at}`, kill);
    if (survival.again !== 0) failed.push({ kill, ...survival });
  }
  expect(failed).toEqual([]);
});
