import { expect, test } from 'vitest';
import { installWithClocks } from '../chaos/clock.ts';
import { killDuringInstall, spreadKills } from '../chaos/kill.ts';
import { executeAtOnce } from '../chaos/load.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { longTest, runsEveryCase } from '../helpers/long-form.ts';

const stage = indexWithUser();

// `crashes.test.ts` kills the stack once, in the middle of a workflow.
longTest('a running install survives that the local stack is killed', async () => {
  for (const [at, kill] of spreadKills('stack', 5).entries()) {
    const { first, output } = await killDuringInstall(stage, `survivor-${at}`, kill);
    expect([kill.after, first, output]).toEqual([kill.after, 0, '']);
  }
});

test.each(['client', 'pip'] as const)('the next install succeeds after %s was killed', async (target) => {
  for (const [at, kill] of spreadKills(target, runsEveryCase ? 2 : 1).entries()) {
    const { again, output } = await killDuringInstall(stage, `${target}-${at}`, kill);
    expect([kill.after, again, again === 0 ? '' : output]).toEqual([kill.after, 0, '']);
  }
});

test('many executions at the same time end, the later ones wait, and the stack answers within 2 s meanwhile', async () => {
  const { result, slowest } = await executeAtOnce(stage, 20);
  expect(result.map(({ status }) => status)).toEqual(Array(20).fill('SUCCEEDED'));
  expect(Math.max(...result.map(({ waitedFor }) => waitedFor))).toBeGreaterThan(7);
  expect(slowest).toBeLessThan(2000);
});

// `npm run test:chaos` tries more clocks, and `await-vetting.test.ts` and `service-clock.test.ts` hold each part.
longTest('installs of two clients whose clocks are two hours apart succeed', async () => {
  const hour = 3_600_000;
  const ended = await installWithClocks(stage, 'far-apart', [hour, -hour]);
  expect(ended.map(({ exitCode, stderr }) => [exitCode, exitCode === 0 ? '' : stderr])).toEqual(
    ended.map(() => [0, '']),
  );
});
