import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** An interpreter with a pip, and a name for the test's title. */
export type TestPip = { readonly python: string; readonly title: string };

const folder =
  process.env.AWSPIP_TEST_PIPS_DIRECTORY ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'awspip-test-pips');

/** The machine's own pip; with `AWSPIP_TEST_PIPS=all` every pip that `test/tools/prepare-pips.mjs` has made. */
export function testPips(): TestPip[] {
  const list = path.join(folder, 'pips.json');
  if (process.env.AWSPIP_TEST_PIPS !== 'all') return [{ python: 'python3', title: "the machine's pip" }];
  if (!existsSync(list)) throw new Error(`${list} is not there: run test/tools/prepare-pips.mjs first`);
  const made = JSON.parse(readFileSync(list, 'utf8')) as { pip: string; python: string; from: string }[];
  return made.map(({ pip, python, from }) => ({ python, title: `pip ${pip} on ${from}` }));
}
