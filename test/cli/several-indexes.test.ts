import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { runsEveryCase } from '../helpers/long-form.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let left: PackageIndex;
let right: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  [left, right] = await Promise.all([startPackageIndex(), startPackageIndex()]);
  user = await sandbox(left.environment);
});
afterAll(async () => {
  await user.remove();
  await Promise.all([left.close(), right.close()]);
});

/** Returns the process ID of the stack. */
async function stackProcess(): Promise<string | undefined> {
  return /process (\d+)/.exec((await user.run(['local', 'status'])).stdout)?.[1];
}
const versionIn = (target: string, name: string, version: string) =>
  readFile(user.path(target, `${name.replaceAll('-', '_')}-${version}.dist-info`, 'METADATA'), 'utf8');

const installs = runsEveryCase ? 6 : 2;

test(`${installs} installs at once, alternating two indexes, all succeed, each from its own index`, async () => {
  left.publish('torchy', '1.1', wheel({ name: 'torchy', version: '1.1' }));
  right.publish('torchy', '9.9', wheel({ name: 'torchy', version: '9.9' }));
  const runs = Array.from({ length: installs }, (_, at) =>
    user.install(['--target', `both-${at}`, 'torchy'], (at % 2 === 0 ? left : right).environment),
  );
  const ended = await Promise.all(runs);
  expect(ended.map(({ exitCode, stderr }) => [exitCode, exitCode === 0 ? '' : stderr])).toEqual(
    ended.map(() => [0, '']),
  );
  for (let at = 0; at < installs; at += 1) await versionIn(`both-${at}`, 'torchy', at % 2 === 0 ? '1.1' : '9.9');
});

test('a package that was vetted from one index is not installed where another index is configured', async () => {
  right.publish('internal-only', '9.9', wheel({ name: 'internal-only', version: '9.9' }));
  expect((await user.install(['--target', 'from-right', 'internal-only'], right.environment)).exitCode).toBe(0);
  const fromLeft = await user.install(['--target', 'from-left', 'internal-only'], left.environment);
  expect(fromLeft.exitCode).toBe(12);
  left.publish('internal-only', '1.1', wheel({ name: 'internal-only', version: '1.1' }));
  expect((await user.install(['--target', 'from-left', 'internal-only'], left.environment)).exitCode).toBe(0);
  await versionIn('from-left', 'internal-only', '1.1');
});

test('find-links, another region, another policy or `local env` do not replace the stack', async () => {
  left.publish('steady', '1.0', wheel({ name: 'steady', version: '1.0' }));
  expect((await user.install(['--target', 'steady-0', 'steady'])).exitCode).toBe(0);
  const before = await stackProcess();
  await mkdir(user.path('links'), { recursive: true });
  const { stdout: policy } = await user.run(['policy', 'show', 'recommended', '--json']);
  await writeFile(user.path('policy.json'), policy.replace('"recommended"', '"ours"'));
  const { stdout } = await user.run(['local', 'env']);
  const exported = Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  expect(exported.PIP_INDEX_URL).toContain('/secure-pypi/');
  const changes: readonly Record<string, string>[] = [
    { PIP_FIND_LINKS: user.path('links') },
    { AWS_REGION: 'eu-central-1' },
    { AWSPIP_POLICY: user.path('policy.json') },
    exported,
  ];
  for (const [at, change] of changes.entries()) {
    if (!runsEveryCase && at < 2) continue;
    const { exitCode, stderr } = await user.install(['--target', `steady-${at + 1}`, 'steady'], change);
    expect([change, exitCode, exitCode === 0 ? '' : stderr]).toEqual([change, 0, '']);
    expect(await stackProcess()).toBe(before);
  }
  const again = await user.run(['local', 'env'], exported);
  expect(/PIP_INDEX_URL='http:\/\/[^@]*@([^']*)'/.exec(again.stdout)?.[1]).toBe(
    exported.PIP_INDEX_URL?.replace(/^http:\/\/[^@]*@/, ''),
  );
});

test('a policy that is not valid ends that command only', async () => {
  await writeFile(user.path('broken.json'), '{"rules": 7}');
  const broken = await user.install(['--target', 'broken', 'steady'], { AWSPIP_POLICY: user.path('broken.json') });
  expect(broken.exitCode).toBe(78);
  expect((await user.install(['--target', 'steady-9', 'steady'])).exitCode).toBe(0);
});
