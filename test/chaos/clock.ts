import type { CommandResult, Sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import type { PackageIndex } from '../helpers/package-index.ts';

type Stage = { readonly packageIndex: PackageIndex; readonly user: Sandbox };

/** Returns the variables that shift the clock of a client by this many milliseconds. */
export function shiftedClock(milliseconds: number): Record<string, string> {
  const preload = new URL('shifted-clock.mjs', import.meta.url);
  return { NODE_OPTIONS: `--import=${preload}`, TEST_CLOCK_SHIFT: String(milliseconds) };
}

/** Installs a new package with clients whose clocks are shifted by different times, at the same time and then again. */
export async function installWithClocks(
  { packageIndex, user }: Stage,
  name: string,
  shifts: readonly number[],
): Promise<readonly CommandResult[]> {
  packageIndex.publish(name, '1.0', wheel({ name, version: '1.0', requires: [`${name}-base`] }));
  packageIndex.publish(`${name}-base`, '1.0', wheel({ name: `${name}-base`, version: '1.0' }));
  // The stack has the right clock.
  await user.run(['local', 'up']);
  const installs = (target: string) =>
    Promise.all(
      shifts.map((shift, at) =>
        user.run(['install', '--no-cache-dir', '--target', `${name}-${target}-${at}`, name], shiftedClock(shift)),
      ),
    );
  return [...(await installs('first')), ...(await installs('later'))];
}
