import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policyMemoryKey } from '../../src/vetting/policy-memory.ts';
import { type Deployed, startDeployed } from '../helpers/aws/deployed.ts';
import { type Sandbox, sandbox, startNode } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { stackNames, stateMachineArn } from '../helpers/stack-names.ts';

const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');
const stored = {
  domain: stackNames.domain,
  'domain-owner': stackNames.owner,
  repository: stackNames.secure,
  region: stackNames.region,
  table: stackNames.table,
  'state-machine': stateMachineArn,
};

let packageIndex: PackageIndex;
let system: Deployed;
let machine: Sandbox;
beforeAll(async () => {
  packageIndex = await startPackageIndex();
  packageIndex.publish('pip', '1.0', wheel({ name: 'pip', version: '1.0' }));
  packageIndex.publish('demo', '1.0', wheel({ name: 'demo', version: '1.0' }));
  system = await startDeployed(packageIndex, {
    objects: { '/policies/policy.json': '{"name":"ours"}', '/policies/empty.json': '' },
    trails: {
      'writes-only': { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'WriteOnly' }] },
      'all-events': { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }] },
    },
    parameters: {
      '/defender/settings': JSON.stringify({ ...stored, 'key-of-a-later-version': 'x', python: '/tmp/evil' }),
      '/broken/settings': JSON.stringify({ ...stored, 'domain-owner': 'me' }),
    },
  });
  machine = await sandbox({ ...packageIndex.environment, ...system.environment('Developer'), AWSPIP_STACK: '' });
  await mkdir(machine.path('project/src'), { recursive: true });
});
afterAll(async () => {
  await machine.remove();
  await system.close();
  await packageIndex.close();
});

const userSettings = () => path.join(machine.folder, 'config/awspip/config.toml');

describe('awspip setup --from-stack', () => {
  test('writes the user’s settings, keeps other lines, and names the settings that it ignored', async () => {
    await mkdir(path.dirname(userSettings()), { recursive: true });
    await writeFile(userSettings(), '# mine\nwait = 60\ndomain = "old" # before\n');
    const ran = await machine.run(['setup', '--from-stack', 'defender']);
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toContain(`domain = ${stackNames.domain}`);
    expect(ran.stderr).toContain('key-of-a-later-version, python');
    const text = await readFile(userSettings(), 'utf8');
    expect(text).toContain('# mine\nwait = 60\n');
    expect(text).toContain(`domain = "${stackNames.domain}"`);
    expect(text).toContain(`state-machine = "${stateMachineArn}"`);
    expect(text).not.toContain('evil');
    // A second run changes nothing.
    await machine.run(['setup', '--from-stack', 'defender']);
    expect(await readFile(userSettings(), 'utf8')).toBe(text);
  });

  test('with --project writes pyproject.toml, from a folder below it', async () => {
    const file = machine.path('project/pyproject.toml');
    await writeFile(file, '[project]\nname = "demo"\n\n[tool.other]\nx = 1\n');
    const argv = [bin, 'setup', '--from-stack', 'defender', '--project'];
    const ran = await startNode(argv, machine.environment, machine.path('project/src')).ended;
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    const text = await readFile(file, 'utf8');
    expect(text.startsWith('[project]\nname = "demo"\n\n[tool.other]\nx = 1\n\n[tool.awspip]\n')).toBe(true);
  });

  test.each([
    ['an unknown stack', 'nowhere', 78, 'the stack `nowhere` does not exist in this account and region'],
    ['invalid settings', 'broken', 78, '`domain-owner` is not an AWS account ID of 12 digits'],
    ['an invalid name', '../x', 64, '`../x` is not a valid stack name'],
  ])('%s: an error, and nothing is written', async (_, stack, exitCode, message) => {
    const before = await readFile(userSettings(), 'utf8');
    const ran = await machine.run(['setup', '--from-stack', stack]);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).toContain(message);
    expect(await readFile(userSettings(), 'utf8')).toBe(before);
  });
});

/** Not every machine can hide variables, or start the sandbox. */
const mayBeSkipped = /^(?:variables|sandbox)$/;

describe('awspip doctor', () => {
  const states = (stdout: string) =>
    Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { name: string; state: string })
        .map(({ name, state }) => [name, state]),
    );

  test('finds everything that an install needs on AWS, in one line per check', async () => {
    const ran = await machine.run(['doctor']);
    expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stderr).toBe('');
    const names = [
      ...['python', 'pip', 'settings', 'variables', 'sandbox', 'stack'],
      ...['credentials', 'token', 'repository', 'table', 'workflow', 'policy file', 'trail'],
    ];
    const lines = ran.stdout.split('\n').filter((line) => /^\S/.test(line));
    expect(lines.slice(0, names.length)).toEqual(
      names.map((name) =>
        expect.stringMatching(new RegExp(`^${mayBeSkipped.test(name) ? '(?:pass|skip)' : 'pass'} {2}${name}: .+`)),
      ),
    );
    expect(lines.slice(names.length).join('\n')).toMatch(
      /^warn {2}pip in a script: installs unvetted packages from http/m,
    );
    expect(ran.stdout).toContain(`domain = ${stackNames.domain} (user file)`);
    expect(ran.stdout).toContain('assumed-role/Developer');
    expect(ran.stdout).not.toContain('token-');
    expect(ran.stdout).toContain('policy file: none was ever used; without one, the policy `recommended` applies');
    expect(ran.stdout).toContain('trail: all-events logs reads');
  });

  test('names a policy file that is gone or invalid, and says what it has no permission to check', async () => {
    const remember = (key: string) => {
      const Item = { ...policyMemoryKey, bucket: 'policies', key };
      return system.document.send(new PutCommand({ TableName: stackNames.table, Item }));
    };
    await remember('policy.json');
    const present = await machine.run(['doctor']);
    expect(present.stdout).toContain('pass  policy file: s3://policies/policy.json');
    await remember('empty.json');
    expect((await machine.run(['doctor'])).stdout).toContain(
      'fail  policy file: s3://policies/empty.json is not valid',
    );
    await remember('gone.json');
    const denied = { status: 400, error: 'AccessDeniedException', body: { message: 'no' } };
    system.gateway.faults.push(({ action }) => (action === 'cloudtrail:DescribeTrails' ? denied : undefined));
    const absent = await machine.run(['doctor']);
    expect(absent.exitCode).toBe(78);
    expect(absent.stdout).toContain('fail  policy file: s3://policies/gone.json is gone, so nothing is assessed');
    expect(absent.stdout).toContain('skip  trail: no permission to describe trails; only plain pip needs one');
    system.gateway.faults.push(({ action }) =>
      action === 's3:GetObject' ? { ...denied, status: 403, error: 'AccessDenied' } : undefined,
    );
    const hidden = await machine.run(['doctor']);
    expect([hidden.exitCode, hidden.stdout]).toEqual([0, expect.stringContaining('skip  policy file: no permission')]);
    system.gateway.faults.length = 0;
    await system.document.send(new DeleteCommand({ TableName: stackNames.table, Key: policyMemoryKey }));
  });

  test('an install works with those settings', async () => {
    const ran = await machine.install(['--target', machine.path('installed'), 'demo']);
    expect(ran.exitCode, ran.stderr).toBe(0);
  });

  test('--live also checks the deployment', async () => {
    const ran = await machine.run(['doctor', '--live', '--json']);
    const found = states(ran.stdout);
    expect(ran.exitCode, ran.stdout).toBe(0);
    expect(found).toMatchObject({
      'live: missing project': 'pass',
      'live: request without a token': 'pass',
      'live: request with an invalid token': 'pass',
      'live: vetted releases are in the repository': 'pass',
      'live: 404 of plain pip starts vetting': 'pass',
      'live: copy directly from upstream': 'skip',
    });
  });

  test('ends with the exit code of the first failure, after all checks', async () => {
    const denied = { status: 403, error: 'AccessDeniedException', body: { message: 'no' } };
    system.gateway.faults.push(({ action }) => (action === 'codeartifact:GetRepositoryEndpoint' ? denied : undefined));
    system.gateway.faults.push(({ action }) => (action === 'states:DescribeStateMachine' ? denied : undefined));
    const ran = await machine.run(['doctor', '--json'], { AWSPIP_STATE_DIRECTORY: machine.path('other-state') });
    system.gateway.faults.length = 0;
    expect(ran.exitCode).toBe(77);
    expect(states(ran.stdout)).toMatchObject({ token: 'pass', repository: 'fail', table: 'pass', workflow: 'skip' });
  });

  test('names the wrong interpreter, setting or credentials', async () => {
    const python = await machine.run(['doctor', '--json'], { AWSPIP_PYTHON: '/no/such/python' });
    expect(python.exitCode).toBe(78);
    expect(states(python.stdout)).toMatchObject({ python: 'fail', pip: 'skip', credentials: 'pass' });
    const unknownProfile = await machine.run(['doctor'], { AWS_PROFILE: 'wrok', AWS_EC2_METADATA_DISABLED: 'true' });
    expect(unknownProfile.exitCode).toBe(77);
    expect(unknownProfile.stdout).toContain('the AWS profile `wrok` (from `AWS_PROFILE`) does not exist');
  });

  test('without a domain it checks the local stack and its index, and starts nothing', async () => {
    const local = await sandbox(packageIndex.environment);
    const ran = await local.run(['doctor', '--json']);
    expect(states(ran.stdout)).toMatchObject({
      'local stack': 'pass',
      index: 'pass',
      'source PyPI': 'pass',
      'source pypistats': 'pass',
      'source GitHub': 'pass',
      'source OSV': 'pass',
    });
    expect(ran.exitCode, ran.stdout).toBe(0);
    expect((await local.run(['local', 'status'])).exitCode).toBe(1);
    await local.remove();
  });

  test('names the signal sources that do not answer, and what their absence means', async () => {
    const refused = 'http://127.0.0.1:9';
    const local = await sandbox({
      ...packageIndex.environment,
      AWSPIP_PYPI_URL: `${packageIndex.origin}/nothing`,
      AWSPIP_PYPISTATS_URL: refused,
      AWSPIP_GITHUB_URL: refused,
      AWSPIP_OSV_URL: refused,
    });
    const ran = await local.run(['doctor']);
    expect(ran.exitCode).toBe(69);
    expect(ran.stdout).toMatch(
      /fail {2}source pypistats: pypistats \(http:\/\/127\.0\.0\.1:9\) could not be reached: packages outside the most popular 15,000 may be put on hold\n +hint: check host and port/,
    );
    expect(ran.stdout).toMatch(/fail {2}source PyPI: .* does not know the project pip: .* are put on hold/);
    expect(ran.stdout).toMatch(/pass {2}source GitHub: .*could not be reached; the stars come from .*, which answers/);
    expect(ran.stdout).toMatch(/fail {2}source OSV: .*known malware is not recognised/);
    const alone = await local.run(['doctor'], { AWSPIP_DEPS_DEV_URL: refused });
    expect(alone.stdout).toMatch(
      /fail {2}source GitHub: .*packages outside the most popular 15,000 may be put on hold/,
    );
    await local.remove();
  });
});
