import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bypassSuite } from '../contract/bypass/suite.ts';
import type { Pip } from './suite.ts';

// `npm run test:pips` creates the file with test/tools/prepare-pips.mjs.
const folder =
  process.env.AWSPIP_TEST_PIPS_DIRECTORY ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'awspip-test-pips');
const pips = JSON.parse(readFileSync(path.join(folder, 'pips.json'), 'utf8')) as Pip[];

await bypassSuite(
  pips.map(({ pip, python, from }) => ({ title: `pip ${pip} on ${from}`, python })),
  true,
);
