import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let user: Sandbox;

const suspicious = { downloads: 120, repository: false, olderVersions: 0, uploadTime: '2021-10-01T00:00:00Z' };

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox(packageIndex.environment);
  for (const [name, facts] of Object.entries({
    silverthicket: suspicious,
    blackbriarhedge: { ...suspicious, malware: ['0.2'] },
  })) {
    packageIndex.publish(name, '0.2', wheel({ name, version: '0.2' }), facts);
  }
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

test('observe mode allows what the policy blocks, says so, and a replay counts what enforcing would have stopped', async () => {
  const install = (name: string) => user.install(['--target', name, name]);
  expect(await install('silverthicket')).toMatchObject({ exitCode: 10 });

  expect(await user.run(['policy', 'mode', 'observe', '--reason', 'pilot'])).toMatchObject({ exitCode: 0, stderr: '' });
  const observed = await install('silverthicket');
  expect(observed.exitCode).toBe(0);
  expect(observed.stderr).toContain(
    'allowed only in observe mode: silverthicket 0.2 (would be blocked: Downloads < 300)',
  );
  expect((await user.run(['explain', 'silverthicket'])).stdout.replace(/\s+/g, ' ')).toContain(
    "silverthicket 0.2 is allowed in observe mode; enforced, the policy's verdict would be blocked: Downloads < 300",
  );
  const hook = { 'thornhollow.pth': "import base64; exec(base64.b64decode('cHJpbnQoMSk='))\n" };
  packageIndex.publish('thornhollow', '0.2', wheel({ name: 'thornhollow', version: '0.2', files: hook }));
  const hooked = await install('thornhollow');
  expect(hooked.exitCode).toBe(0);
  expect(hooked.stderr).toMatch(
    /allowed only in observe mode: thornhollow 0\.2 \(would be on hold: .*thornhollow\.pth/,
  );
  expect((await user.run(['status'])).stdout).toMatch(/^observe mode: /);
  expect(await install('blackbriarhedge')).toMatchObject({ exitCode: 10 });

  const replayed = JSON.parse((await user.run(['policy', 'replay', '--json'])).stdout);
  expect(replayed.vettings).toEqual({ total: 2, stopped: 2, complete: true });
  const changes = replayed.changes.map((change: Record<'before' | 'after', { outcome: string }> & { name: string }) => [
    ...[change.name, change.before.outcome, change.after.outcome],
  ]);
  expect(changes.toSorted()).toEqual([
    ['silverthicket', 'ALLOWED', 'BLOCKED'],
    ['thornhollow', 'ALLOWED', 'HELD'],
  ]);

  expect(await user.run(['policy', 'mode', 'file', '--reason', 'the end'])).toMatchObject({ exitCode: 0 });
  expect((await user.run(['policy', 'mode'])).stdout).toBe('the policy is enforced, as its file says\n');
  const { entries } = JSON.parse((await user.run(['audit', '--json'])).stdout);
  const modes = entries.filter(({ kind }: { kind: string }) => kind === 'mode');
  expect(modes.map(({ after }: { after: { mode: string } }) => after.mode)).toEqual(['file', 'observe']);
});
