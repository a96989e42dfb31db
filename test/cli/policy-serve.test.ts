import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox, until } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  packageIndex.publish('zzqx-good', '1.0', wheel({ name: 'zzqx-good', version: '1.0' }));
  user = await sandbox(packageIndex.environment);
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

test('awspip policy serve answers over HTTP by its own policy file, logs JSON lines and ends on SIGTERM', async () => {
  const policy = user.path('policy.json');
  await writeFile(policy, JSON.stringify({ name: 'ours', block: [{ name: 'zzqx-*', reason: 'not today' }] }));
  const server = user.start(['policy', 'serve', '--port', '0', '--policy', policy]);
  const { address, port } = await listening(server);
  const answer = await fetch(`http://${address}:${port}/package-check?package_name=zzqx-good`);
  expect(await answer.json()).toMatchObject({ risk_level: 'Red', reasons: { 'Block list: not today': 'blocks' } });
  const page = await fetch(`http://${address}:${port}/simple/zzqx-good/`, { headers: { accept: 'text/html' } });
  const [, link = ''] = /href="([^"#]+)/.exec(await page.text()) ?? [];
  const file = await fetch(new URL(link, page.url));
  expect([file.status, file.statusText]).toEqual([403, 'awspip blocked zzqx-good 1.0: Block list: not today']);
  process.kill(server.pid, 'SIGTERM');
  const { exitCode, stdout } = await server.ended;
  expect(exitCode).toBe(0);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event: string }).event);
  expect(events).toEqual(['listening', 'request', 'request', 'request', 'ended']);
});

test('a wrong policy file ends with 78 and the lines of its mistakes before the server listens', async () => {
  const policy = user.path('wrong.json');
  await writeFile(policy, '{\n  "name": "ours",\n  "rulez": []\n}\n');
  const { exitCode, stderr, stdout } = await user.run(['policy', 'serve', '--port', '0', '--policy', policy]);
  expect([exitCode, stdout]).toEqual([78, '']);
  expect(stderr).toContain('line 3: `rulez` is not a key of a policy');
});

test('an endless policy file is read up to the largest size of a policy', async () => {
  const { exitCode, stderr } = await user.run(['policy', 'serve', '--port', '0', '--policy', '/dev/zero']);
  expect(exitCode).toBe(78);
  expect(stderr).toContain('larger than 1048576 bytes');
});

type Server = ReturnType<Sandbox['start']>;

/** Returns the address of the server from the first line of its log. */
async function listening(server: Server): Promise<{ address: string; port: number }> {
  const line = await until('its first line', () => /^\{.*\}$/m.exec(server.stdout())?.[0]);
  return JSON.parse(line) as { address: string; port: number };
}
