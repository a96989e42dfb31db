import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { type FaultyIndex, startFaultyIndex } from './faulty-index.ts';
import { upstreamFaults } from './upstream-faults.ts';

let packageIndex: PackageIndex;
let index: FaultyIndex;
let user: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  index = await startFaultyIndex(packageIndex);
  const settings = { PIP_INDEX_URL: `${index.origin}/simple/`, PIP_TIMEOUT: '5', AWSPIP_WAIT: '400' };
  user = await sandbox({ ...packageIndex.environment, ...settings });
  await user.run(['local', 'up']);
});
afterAll(async () => {
  await user.remove();
  index.close();
  await packageIndex.close();
});

describe.concurrent('an index that answers with', () => {
  test.each(upstreamFaults.map((fault, at) => [...fault, at] as const))(
    '%s for a %s is survived, or named',
    async (_, of, fault, ending, at) => {
      const name = `faulty-${at}`;
      const file = wheel({ name, version: '1.0' });
      packageIndex.publish(name, '1.0', file);
      const remove = index.inject(of === 'page' ? `/simple/${name}/` : file.filename, fault(file));
      const { exitCode, stdout, stderr } = await user.run(['install', '--no-cache-dir', '--target', name, name]);
      const output = `${stdout}${stderr}`;
      const expected = ending === 'recovers' ? 0 : ending.exitCode;
      expect([exitCode, output]).toEqual([expected, expect.any(String)]);
      if (ending === 'recovers') return;
      expect(output).toMatch(ending.cause);
      expect(output).toContain(of === 'page' ? name : file.filename);
      expect(output).not.toMatch(/at .*\.js:\d+/);
      remove();
      const again = await user.run(['install', '--no-cache-dir', '--target', name, name]);
      expect([again.exitCode, again.exitCode === 0 ? '' : again.stderr]).toEqual([0, '']);
    },
  );
});
