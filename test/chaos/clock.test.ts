import { expect, test } from 'vitest';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { installWithClocks } from './clock.ts';

const stage = indexWithUser();
const hour = 3_600_000;

test.each([
  ['an hour ahead', [hour]],
  ['an hour behind', [-hour]],
  ['an hour ahead and behind at the same time', [hour, 0, -hour, 3 * 60_000, -3 * 60_000, 24 * hour]],
] as const)('installs of clients whose clocks are %s succeed', async (description, shifts) => {
  for (let round = 0; round < 3; round += 1) {
    const name = `${description.replaceAll(' ', '-')}-${round}`;
    const ended = await installWithClocks(stage, name, shifts);
    expect(ended.map(({ exitCode, stderr }) => [exitCode, exitCode === 0 ? '' : stderr])).toEqual(
      ended.map(() => [0, '']),
    );
  }
});
