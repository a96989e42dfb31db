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
  const server = user.start(['policy', 'serve', '--port', '0', '--policy', policy, '--no-decisions']);
  const { address, port } = await listening(server);
  const answer = await fetch(`http://${address}:${port}/package-check?package_name=zzqx-good`);
  expect(await answer.json()).toMatchObject({ risk_level: 'Red', reasons: { 'Block list: not today': 'blocks' } });
  const page = await fetch(`http://${address}:${port}/simple/zzqx-good/`, {
    headers: { accept: 'text/html', 'user-agent': 'pip/25.3' },
  });
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

test('a changed policy file and a person’s decision change the next answer, and a wrong file changes nothing', async () => {
  const policy = user.path('changing.json');
  const write = (reason: string) =>
    writeFile(policy, JSON.stringify({ name: 'ours', block: [{ name: 'zzqx-good', reason }] }));
  await write('first reason');
  const server = user.start(['policy', 'serve', '--port', '0', '--policy', policy]);
  const { port } = await listening(server);
  const check = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/package-check?package_name=zzqx-good&version=1.0`);
    return JSON.stringify(await answer.json());
  };
  const pageOf = async () => (await fetch(`http://127.0.0.1:${port}/simple/zzqx-good/`)).text();
  expect(await check()).toContain('first reason');
  await write('second reason, which is longer');
  await until('the changed policy', async () => (await check()).includes('second reason'));
  await writeFile(policy, '{');
  process.kill(server.pid, 'SIGHUP');
  await until('the rejection', () => server.stdout().includes('policy-rejected'));
  expect(await check()).toContain('second reason');
  expect(await pageOf()).not.toContain('zzqx_good-1.0');
  const approval = await user.run(['approve', 'zzqx-good==1.0', '--reason', 'looked at it']);
  expect(approval.exitCode, approval.stderr).toBe(0);
  expect(await pageOf()).toContain('zzqx_good-1.0');
  process.kill(server.pid, 'SIGTERM');
  expect((await server.ended).exitCode).toBe(0);
});

test('a change of a policy file that the policy extends changes the next answer, also after a mistake', async () => {
  const policy = user.path('extending.json');
  const write = (file: string, content: object) => writeFile(user.path(file), JSON.stringify(content));
  const blocking = (reason: string) => ({ name: 'base', block: [{ name: 'zzqx-good', reason }] });
  await write('base-1.json', blocking('reason of the first base'));
  await write('extending.json', { name: 'ours', extends: './base-1.json' });
  const server = user.start(['policy', 'serve', '--port', '0', '--policy', policy, '--no-decisions']);
  const { port } = await listening(server);
  const answersWith = (reason: string) =>
    until(reason, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/package-check?package_name=zzqx-good`);
      return JSON.stringify(await answer.json()).includes(reason);
    });
  const rejections = () => server.stdout().split('policy-rejected').length - 1;
  await answersWith('reason of the first base');
  await write('base-1.json', blocking('another reason of the first base'));
  await answersWith('another reason of the first base');
  await write('extending.json', { name: 'ours', extends: './base-2.json' });
  await until('the rejection of a missing file', () => rejections() === 1);
  await write('base-2.json', blocking('reason of the second base'));
  await answersWith('reason of the second base');
  await writeFile(user.path('base-2.json'), '{');
  await until('the rejection of a wrong file', () => rejections() === 2);
  await answersWith('reason of the second base');
  await write('base-2.json', blocking('corrected reason'));
  await answersWith('corrected reason');
  process.kill(server.pid, 'SIGTERM');
  expect((await server.ended).exitCode).toBe(0);
});

test('a wrong policy file ends with 78 and the lines of its mistakes before the server listens', async () => {
  const policy = user.path('wrong.json');
  await writeFile(policy, '{\n  "name": "ours",\n  "rulez": []\n}\n');
  const { exitCode, stderr, stdout } = await user.run(['policy', 'serve', '--port', '0', '--policy', policy]);
  expect([exitCode, stdout]).toEqual([78, '']);
  expect(stderr).toContain('line 3, column 3: `rulez` is not a key of a policy');
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
