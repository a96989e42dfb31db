import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { prefixReader } from '../../src/installers/interpreter-prefixes.ts';

test('an interpreter runs once, and again only if its environment was made again', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
  try {
    const python = path.join(folder, 'bin', 'python');
    const configuration = path.join(folder, 'pyvenv.cfg');
    await mkdir(path.dirname(python));
    for (const file of [python, configuration]) await writeFile(file, '');
    let runs = 0;
    const read = prefixReader({}, async () => {
      runs += 1;
      return [`run ${runs}`];
    });
    expect([await read(python), await read(python)]).toEqual([['run 1'], ['run 1']]);
    await utimes(configuration, new Date(0), new Date(0));
    expect(await read(python)).toEqual(['run 2']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
