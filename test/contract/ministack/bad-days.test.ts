import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { OptionInput } from '../../../src/infra/options.ts';
import { until } from '../../helpers/awspip.ts';
import { wheel } from '../../helpers/distributions.ts';
import { type Deployment, internalNames, stackName } from '../../helpers/ministack/deployment.ts';
import { missingEvent } from '../../helpers/ministack/events.ts';
import type { FrontFault, FrontReply } from '../../helpers/ministack/front.ts';
import { deniedImport, throttledImport } from '../../helpers/ministack/import-faults.ts';
import { deployedSystem } from './system.ts';

/** These tests take a minute of CPU time: `npm run test:ministack`. */
const enabled = process.env.AWSPIP_TEST_MINISTACK === 'all';

describe.skipIf(!enabled)('a deployment on ministack (npm run test:ministack)', () => {
  const system = deployedSystem();

  /** Returns the status of each answered call of this operation about a project. */
  const answersTo = (operation: string, name: string) =>
    system()
      .emulated.front.calls.filter((call) => call.operation === operation && call.package === name)
      .map(({ status }) => status);

  test('setup reads the settings', async () => {
    expect(await system().user.run(['setup', '--from-stack', stackName])).toMatchObject({ exitCode: 0 });
  });

  test('an install waits for an import that takes a while, and copies only what was imported', async () => {
    const { user, publish, emulated } = system();
    publish('slow');
    emulated.imports.delay('slow', 5_000);
    const { report, stderr } = await user.install(['--target', user.path('slow'), 'slow']);
    expect(report, stderr).toMatchObject({ exitCode: 0, releases: [{ name: 'slow' }] });
    const copied = emulated.front.calls.find(
      (call) => call.operation === 'CopyPackageVersions' && call.package === 'slow',
    );
    expect(copied?.at).toBeGreaterThan(emulated.imports.times.get('slow==1.0')?.until ?? Infinity);
    expect(emulated.front.calls.some(({ caller }) => caller === `${stackName}-imported`)).toBe(true);
  }, 120_000);

  test('a throttled import is tried again until it succeeds', async () => {
    const { user, publish, emulated } = system();
    publish('throttled');
    emulated.front.faults.push(throttledImport('throttled', 6));
    const { exitCode, stdout, stderr } = await user.run(['vet', 'throttled']);
    expect(exitCode, `${stdout}${stderr}`).toBe(0);
    expect(answersTo('DescribePackageVersion', 'throttled')).toContain(429);
  }, 180_000);

  test('a denied import ends in an error that names the cause, and is vetted once the right is there', async () => {
    const { user, publish, emulated } = system();
    publish('denied');
    emulated.front.faults.unshift(deniedImport('denied'));
    const denied = await user.run(['vet', 'denied']);
    expect(denied).toMatchObject({ exitCode: 69, stdout: expect.stringContaining('AWS denied ') });
    emulated.front.faults.shift();
    const allowed = await user.run(['vet', 'denied']);
    expect(allowed.exitCode, allowed.stdout + allowed.stderr).toBe(0);
  }, 180_000);

  test('a throttled start of the workflow is tried again', async () => {
    const { user, publish, emulated } = system();
    publish('throttled-start');
    emulated.front.faults.push(firstCalls('StartExecution', 4, { status: 400, error: 'ThrottlingException' }));
    expect(await user.run(['vet', 'throttled-start'])).toMatchObject({ exitCode: 0 });
  }, 120_000);

  test('a copy that CodeArtifact does not finish is tried again', async () => {
    const { user, publish, emulated } = system();
    publish('half-copied');
    const members = { successfulVersions: {}, failedVersions: { '1.0': { errorCode: 'SKIPPED', errorMessage: 'x' } } };
    emulated.front.faults.push(firstCalls('CopyPackageVersions', 1, { status: 200, members }));
    const { exitCode, stdout, stderr } = await user.run(['vet', 'half-copied']);
    expect(exitCode, `${stdout}${stderr}`).toBe(0);
    expect(answersTo('CopyPackageVersions', 'half-copied')).toEqual([200, 200]);
  }, 120_000);

  test('with an invalid policy file nothing is vetted, until the file is valid', async () => {
    const { user, publish, emulated, deployment } = system();
    publish('without-policy');
    await emulated.writePolicy(deployment, { name: 'ours', levels: 'none' });
    const stopped = await user.run(['vet', 'without-policy']);
    expect(stopped).toMatchObject({ exitCode: 69, stdout: expect.stringContaining('the policy file is not valid') });
    expect(answersTo('CopyPackageVersions', 'without-policy')).toEqual([]);
    await emulated.writePolicy(deployment, { name: 'ours' });
    expect(await user.run(['vet', 'without-policy'])).toMatchObject({ exitCode: 0 });
  }, 180_000);

  test('an update of the stack lets a running vetting end', async () => {
    const { user, publish, emulated } = system();
    publish('updated');
    emulated.imports.delay('updated', 6_000);
    const vetting = user.run(['vet', 'updated']);
    await until('the import', () => emulated.imports.times.has('updated==1.0'), 60);
    // Changes the function of 404 events. Unlike AWS, the emulator ends functions that run while they change.
    await emulated.update({ logDays: 30, eventsPerMinute: 29 });
    const { exitCode, stdout, stderr } = await vetting;
    expect(exitCode, `${stdout}${stderr}`).toBe(0);
  }, 180_000);

  test('forty releases are vetted in one request, each imported and copied once', async () => {
    const { user, publish, emulated } = system();
    const names = Array.from({ length: 40 }, (_, index) => `many-${index}`);
    for (const name of names) publish(name);
    const { exitCode, stdout, stderr } = await user.run(['vet', ...names]);
    expect(exitCode, `${stdout}${stderr}`).toBe(0);
    const copies = emulated.front.calls.filter(
      ({ operation, package: name }) => operation === 'CopyPackageVersions' && name?.startsWith('many-'),
    );
    expect(copies.map((call) => call.package).toSorted()).toEqual(names.toSorted());
    const imported = [...emulated.imports.times.keys()].filter((release) => release.startsWith('many-'));
    expect(imported).toHaveLength(40);
  }, 240_000);

  test('two clients that request the same package at once share one execution', async () => {
    const { user, publish, emulated, executions } = system();
    publish('shared');
    emulated.imports.delay('shared', 3_000);
    const other = await emulated.user();
    try {
      await other.run(['setup', '--from-stack', stackName]);
      const before = await executions();
      const ends = await Promise.all([user, other].map((each) => each.run(['vet', 'shared'])));
      expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      expect((await executions()).length).toBe(before.length + 1);
      expect(answersTo('CopyPackageVersions', 'shared')).toEqual([200]);
    } finally {
      await other.remove();
    }
  }, 120_000);

  test('a public project with the name of an internal one is on hold: no source is asked about it, and nothing imported', async () => {
    const { user, publish, emulated, deployment, packageIndex } = system();
    publish('acme-billing');
    await emulated.writePolicy(deployment, { name: 'ours', internal: internalNames });
    const { exitCode, stdout, stderr } = await user.run(['vet', 'acme-billing']);
    expect(exitCode, stdout + stderr).toBe(11);
    const outside = packageIndex.requests.filter((path) => /^\/(pypi|pypistats|github|deps-dev)\//.test(path));
    expect(outside.filter((path) => path.includes('acme-billing'))).toEqual([]);
    expect([...emulated.imports.times.keys()]).not.toContain('acme-billing==1.0');
  }, 120_000);

  test("a company's own package is uploaded and installed as it is, and only its dependency is vetted", async () => {
    const { user, publish, packageIndex, emulated, deployment, executions } = system();
    await emulated.writePolicy(deployment, { name: 'ours', internal: internalNames });
    publish('of-own');
    const own = { name: 'acme-tool', version: '1.0', requires: ['of-own'] };
    packageIndex.publish(own.name, '99.0', wheel({ ...own, version: '99.0' }));
    expect(await emulated.upload(own, wheel(own))).toMatchObject({ status: 200 });
    const before = await executions();
    const { report, stderr } = await user.install(['--target', user.path('own'), own.name]);
    expect(report, stderr).toMatchObject({ exitCode: 0 });
    const vetted = report.releases.map(({ name, version }) => `${name} ${version}`);
    expect(vetted).toEqual(['of-own 1.0']);
    expect(await readdir(user.path('own'))).toContain('acme_tool-1.0.dist-info');
    expect((await executions()).length).toBe(before.length + 1);
    expect([...emulated.imports.times.keys()].filter((key) => key.startsWith(own.name))).toEqual([]);
  }, 120_000);

  test("plain pip's 404 starts a vetting", async () => {
    const { publish, emulated, deployment, executions } = system();
    publish('plain');
    const before = await executions();
    const event = missingEvent(deployment.outputs.Domain ?? '', 'plain', 'pip/25.0 {"python":"3.12.1"}');
    expect(await emulated.deliver(event)).toMatchObject([expect.stringContaining(`${stackName}-missing`)]);
    await until('an execution', async () => (await executions()).length > before.length);
    await until('the copy', () => answersTo('CopyPackageVersions', 'plain').includes(200), 60);
  }, 120_000);

  test('after a destroy, a new deployment denies writing to secure-pypi, keeps the vetted packages and vets others', async () => {
    const { user, publish, emulated, deployment } = system();
    await emulated.destroy();
    await emulated.deploy(existingResources(deployment));
    expect(emulated.policies.ofRepository('secure-pypi')).toContain(`${stackName}-copy`);
    expect(await user.run(['setup', '--from-stack', stackName])).toMatchObject({ exitCode: 0 });
    publish('after-destroy');
    const requested = emulated.front.calls.length;
    const { report, stderr } = await user.install(['--target', user.path('again'), 'slow', 'after-destroy']);
    expect(report, stderr).toMatchObject({ exitCode: 0 });
    const since = emulated.front.calls.slice(requested);
    const copies = since.filter(({ operation }) => operation === 'CopyPackageVersions');
    expect(copies).toMatchObject([{ package: 'after-destroy', status: 200 }]);
  }, 180_000);
});

/** Returns the options with which a stack uses the resources that an earlier one left behind. */
function existingResources({ outputs }: Deployment): OptionInput {
  const [, existingPolicyBucket] = /^s3:\/\/([^/]+)\//.exec(outputs.PolicyFile ?? '') ?? [];
  return {
    ...{ existingDomain: true, existingRepositories: true, existingTable: true },
    existingPolicyBucket,
  };
}

/** Returns a fault that answers the first calls of an operation. */
function firstCalls(operation: string, count: number, reply: FrontReply): FrontFault {
  let left = count;
  return (call) => {
    if (call.operation !== operation || left === 0) return undefined;
    left -= 1;
    return reply;
  };
}
