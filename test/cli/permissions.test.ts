import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CreatePackageGroupCommand, UpdatePackageGroupOriginConfigurationCommand } from '@aws-sdk/client-codeartifact';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { fetcherEntry } from '../../src/infra/access-controls.ts';
import {
  entryOf,
  type FunctionName,
  functionNames,
  functionOfTask,
  taskFunctions,
} from '../../src/infra/function-names.ts';
import { synthesize } from '../../src/infra/synthesize.ts';
import { policyMemoryKey } from '../../src/vetting/policy-memory.ts';
import { taskNames } from '../../src/workflow/task-names.ts';
import { administrate } from '../helpers/aws/administration.ts';
import { type Deployed, startDeployed } from '../helpers/aws/deployed.ts';
import { variablesOf } from '../helpers/aws/function-variables.ts';
import { buildFunctions, type Functions, node22, openFunctions } from '../helpers/aws/functions.ts';
import { isolatedInstance } from '../helpers/aws/isolated-instance.ts';
import { allowedTo, compare, functionsOf } from '../helpers/aws/permissions.ts';
import { walkThrough } from '../helpers/aws/walk-through.ts';
import { type Sandbox, sandbox, until } from '../helpers/awspip.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { type Facts, type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { stackNames, stateMachineArn } from '../helpers/stack-names.ts';
import { listen } from '../relay/repository-double.ts';
import { release } from '../vetting/examples.ts';

/**
 * Each role allows exactly the calls that are made. The whole system runs with the deployed functions, each in its own
 * process with its own credentials, and the calls of each are compared with the permissions of its role.
 */
const stackName = 'supply-chain-defender';
const secrets = { github: 'ghp_NeverPrinted', slack: 'hooks/NeverPrinted' };

const listed = [{ url: 'https://packages.example/simple', names: ['listed'] }];
const template = synthesize({ name: stackName, internalNames: ['acme~'], indexes: listed });
const deployed = functionsOf(template);
const byCommand = synthesize({ name: stackName, ingest: 'ssm' });
/** The functions whose code differs with `ingest=ssm`. */
const commandNames = taskFunctions.filter((name) => entryOf(name, 'ssm') !== entryOf(name));
const commandCaller = (name: string) => `${name}ByCommand`;
let packageIndex: PackageIndex;
let otherIndex: PackageIndex;
let system: Deployed;
let functions: Functions;
let commandFunctions: Functions;
let fetchesByCommand = false;
let built: { folder: string; remove(): Promise<void> };
let runtime: Awaited<ReturnType<typeof node22>>;
let slack: Awaited<ReturnType<typeof listen>>;
let slackIsDown = true;

beforeAll(async () => {
  runtime = await node22();
  if (!('node' in runtime)) return;
  const { node } = runtime;
  [packageIndex, otherIndex, built, slack] = await Promise.all([
    startPackageIndex(),
    startPackageIndex(),
    buildFunctions(),
    listen((_request, response) => {
      response.writeHead(slackIsDown ? 500 : 200).end('ok');
    }),
  ]);
  const storedSettings = {
    trails: { all: { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }] } },
    parameters: {
      [`/${stackName}/github-token`]: secrets.github,
      [`/${stackName}/slack-webhook`]: `${slack.origin}/${secrets.slack}`,
      [`/${stackName}/settings`]: JSON.stringify({
        domain: stackNames.domain,
        'domain-owner': stackNames.owner,
        region: stackNames.region,
        'state-machine': stateMachineArn,
      }),
    },
  };
  system = await startDeployed(packageIndex, storedSettings, (gateway) => {
    functions = openFunctions({ folder: built.folder, node }, (name) =>
      variablesOf(name, { template, stackName, packageIndex, gateway, indexes: JSON.stringify(otherIndexes()) }),
    );
    commandFunctions = openFunctions({ folder: built.folder, node, ingest: 'ssm' }, (name) =>
      variablesOf(name, { template: byCommand, stackName, packageIndex, gateway, caller: commandCaller(name) }),
    );
    return Object.fromEntries(
      taskNames.map((name) => [name, (payload: unknown) => invoked(functionOfTask[name], payload)]),
    );
  });
}, 300_000);
afterAll(async () => {
  functions?.close();
  commandFunctions?.close();
  await system?.close();
  await Promise.all([packageIndex?.close(), otherIndex?.close(), slack?.close()]);
  await built?.remove();
});

/** The indexes of the deployment, at their address in this test. */
const otherIndexes = () => listed.map((index) => ({ ...index, url: `${otherIndex.origin}/simple` }));

async function invoked(name: FunctionName, event: unknown): Promise<unknown> {
  const hosts = fetchesByCommand && commandNames.some((task) => task === name) ? commandFunctions : functions;
  const { result, error } = await hosts.invoke(name, event);
  if (error === undefined) return result;
  throw Object.assign(new Error(error.errorMessage), { name: error.errorType });
}

const publish = (name: string, version: string, requires: readonly string[] = [], facts: Facts = {}) =>
  packageIndex.publish(name, version, wheel({ name, version, requires }), facts);

test('the built functions vet, block, hold and fail; their logs contain no secret', async ({ skip }) => {
  if (!('node' in runtime)) return skip(runtime.why);
  const restoreSlack = () => {
    slackIsDown = false;
  };
  await walkThrough({ system, packageIndex: packageIndex, restoreSlack });
  const written = functions.log();
  expect(written).toContain('_aws');
  for (const secret of [...Object.values(secrets), 'token-']) expect(written).not.toContain(secret);
}, 120_000);

test('a release of a listed index is transferred to package-install, and PyPI’s project of that name is not used', async ({
  skip,
}) => {
  if (!('node' in runtime)) return skip(runtime.why);
  const group = { domain: stackNames.domain, packageGroup: '/pypi//listed$' };
  await system.codeArtifact.send(new CreatePackageGroupCommand(group));
  await system.codeArtifact.send(
    new UpdatePackageGroupOriginConfigurationCommand({
      ...group,
      restrictions: { PUBLISH: 'ALLOW_SPECIFIC_REPOSITORIES', EXTERNAL_UPSTREAM: 'BLOCK', INTERNAL_UPSTREAM: 'BLOCK' },
      addAllowedRepositories: [stackNames.install, stackNames.secure].map((repositoryName) => ({
        repositoryName,
        originRestrictionType: 'PUBLISH',
      })),
    }),
  );
  publish('listed', '1.0');
  publish('listed', '9.0');
  publish('needed-by-listed', '1.0');
  const requires = ['needed-by-listed'];
  otherIndex.publish('listed', '1.0+cpu', wheel({ name: 'listed', version: '1.0+cpu', requires }));
  expect((await system.vet('listed==1.0')).kind).toBe('secure');
  const record = await system.store.readRelease(release('listed==1.0+cpu'), { consistent: true });
  expect(record).toMatchObject({ status: 'SECURE' });
  expect(packageIndex.requests.filter((url) => /\/listed\b/.test(url))).toEqual([]);
  expect(otherIndex.requests.filter((url) => !url.includes('listed'))).toEqual([]);
  expect((await system.store.policyNotes()).indexes).toEqual(otherIndexes());
}, 60_000);

test('with `ingest=ssm` an instance fetches the files', async ({ skip }) => {
  if (!('node' in runtime)) return skip(runtime.why);
  const instance = isolatedInstance(system.gateway);
  system.gateway.faults.push(instance);
  fetchesByCommand = true;
  publish('fetched', '1.0', ['needed']);
  publish('needed', '1.0');
  expect((await system.vet('fetched')).kind).toBe('secure');
  // A file that appears upstream later is fetched too, so the function looks at what was imported before.
  packageIndex.publish('fetched', '1.0', await sdist({ name: 'fetched', version: '1.0', buildRequires: [] }));
  expect((await system.vet('fetched>=1')).kind).toBe('secure');
  publish('not-fetched', '1.0');
  let isLost = false;
  system.gateway.faults.unshift(({ caller, action }) => {
    if (isLost || caller !== commandCaller('Ingest') || action !== 'dynamodb:BatchGetItem') return undefined;
    isLost = true;
    return { status: 400, error: 'AccessDeniedException', body: { message: 'for the sake of the test' } };
  });
  await system.vet('not-fetched');
  fetchesByCommand = false;
  system.gateway.faults.length = 0;
}, 60_000);

/** Skips the comparison if the interpreter of the functions is missing, because then no call was made. */
function skipWithoutRuntime({ skip }: TestContext): void {
  if (!('node' in runtime)) skip(runtime.why);
}

describe('each built function', () => {
  beforeEach(skipWithoutRuntime);
  const writes = /^(dynamodb:(Put|Update|Delete|BatchWrite)Item|states:StartExecution|codeartifact:(Copy|Update))/;
  const noEvents = [null, {}, [], 'text', 7, { request: {}, execution: 'x' }, { package: { name: '../x' } }];

  test.each(functionNames.filter((name) => name !== 'Recheck'))(
    '%s writes nothing for an invalid event',
    async (name) => {
      await until('the workflows to end', () => system.stack.running() === 0);
      const before = system.gateway.calls.length;
      for (const event of noEvents) {
        const { result, error } = await functions.invoke(name, event);
        expect(error?.errorMessage ?? result, JSON.stringify(event)).toBeDefined();
      }
      const writeCalls = system.gateway.calls
        .slice(before)
        .filter(({ caller, action }) => caller === name && writes.test(action));
      expect(writeCalls).toEqual([]);
    },
  );

  test('is under five megabytes', async () => {
    for (const name of functionNames) {
      expect((await stat(path.join(built.folder, entryOf(name), 'index.mjs'))).size).toBeLessThan(5_000_000);
    }
  });
});

test('functions outside the workflow: events, the schedule, the firewall’s API', async ({ skip }) => {
  if (!('node' in runtime)) return skip(runtime.why);
  publish('seen', '1.0');
  const userAgent = 'pip/24.0 {"installer":{"name":"pip","version":"24.0"},"python":"3.12.1"}';
  expect(await functions.invoke('Missing', { package: 'seen', userAgent })).toEqual({ result: { kind: 'started' } });
  expect(await functions.invoke('Missing', { package: '../x', userAgent })).toEqual({ result: { kind: 'ignored' } });

  const late = await system.store.readRelease(release('fails-0==1.0'), { consistent: true });
  const cause = 'CodeArtifact has not finished importing fails-0 1.0 after 240 seconds';
  const key = { pk: 'pypi#fails-0', sk: 'v#1.0' };
  await system.document.send(new PutCommand({ TableName: stackNames.table, Item: { ...late, ...key, cause } }));
  const imported = await functions.invoke('Imported', { package: 'fails-0', version: '1.0' });
  expect(imported).toEqual({ result: { kind: 'started' } });

  const url = {
    rawPath: '/package-check',
    rawQueryString: 'package_name=good',
    requestContext: { http: { method: 'GET' } },
  };
  const answer = (await functions.invoke('PackageCheck', url)).result as { statusCode: number; body: string };
  expect(answer.statusCode).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({ package_name: 'good', risk_level: 'Green' });

  // An advisory now names a vetted release, and a newer release exists.
  publish('good', '2.0', [], { malware: ['1.0'] });
  publish('helper', '2.0');
  const { result, error } = await functions.invoke('Recheck', { source: 'aws.events' });
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ archived: 1 });
}, 60_000);

describe('people', () => {
  let machine: Sandbox;
  const as = (caller: string) => ({
    ...system.environment(caller),
    AWSPIP_STACK: '',
    AWSPIP_STATE_DIRECTORY: machine.path(caller),
  });
  beforeAll(async () => {
    if (!('node' in runtime)) return;
    machine = await sandbox({ ...packageIndex.environment });
    await mkdir(machine.path('config'), { recursive: true });
  });
  afterAll(() => machine?.remove());

  /** Runs the same install twice at once, so that the second joins the vetting of the first. */
  async function installTwice(caller: string, name: string): Promise<void> {
    publish(name, '1.0');
    const release = packageIndex.delayRequests(name);
    const install = (folder: string) =>
      machine.install(['--target', machine.path(`${name}-${folder}`), name], { ...as(caller), CI: 'true' });
    const first = install('first');
    await until('a claim', async () => {
      const { requests } = await system.store.listByStatus('CHECK', { limit: 10 });
      return requests.some(({ roots }) => roots.includes(name)) || undefined;
    });
    const second = install('second');
    await until('the second to join', () => {
      const joins = ({ caller: by, action }: { caller: string; action: string }) =>
        by === caller && action === 'states:DescribeExecution';
      return system.gateway.calls.some(joins) || undefined;
    }).finally(release);
    expect((await Promise.all([first, second])).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  }

  test('a developer imports settings, installs, upgrades and reads the status', async ({ skip }) => {
    if (!('node' in runtime)) return skip(runtime.why);
    publish('wanted', '1.0');
    const setup = await machine.run(['setup', '--from-stack', stackName], as('Developers'));
    expect(setup.exitCode, setup.stderr).toBe(0);
    const extra = ['--extra-index-url', `${otherIndex.origin}/simple`, 'listed'];
    const wanted = ['--target', machine.path('one'), 'wanted', ...extra];
    const installed = await machine.install(wanted, as('Developers'));
    expect(installed.exitCode, installed.stderr).toBe(0);
    expect(installed.stderr).toContain('passed over the index');
    await machine.install(['--target', machine.path('two'), '--upgrade', 'wanted'], as('Developers'));
    expect((await machine.run(['status'], as('Developers'))).exitCode).toBe(0);
    await installTwice('Developers', 'wanted-twice');
  });

  test('two pipelines install the same package at once', async ({ skip }) => {
    if (!('node' in runtime)) return skip(runtime.why);
    await installTwice('Pipelines', 'built');
  });

  test('an administrator checks the deployment and manages policy, secrets, releases and executions', async ({
    skip,
  }) => {
    if (!('node' in runtime)) return skip(runtime.why);
    publish('administered', '1.0');
    const [bucket = ''] = Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === 'AWS::S3::Bucket')
      .map(([id]) => id.toLowerCase());
    await machine.run(['setup', '--from-stack', stackName], as('Administrators'));
    await installTwice('Administrators', 'administered');
    expect((await machine.run(['status'], as('Administrators'))).exitCode).toBe(0);
    await system.document.send(
      new PutCommand({ TableName: stackNames.table, Item: { ...policyMemoryKey, bucket, key: 'policy.json' } }),
    );
    const doctor = await machine.run(['doctor'], as('Administrators'));
    await system.document.send(new DeleteCommand({ TableName: stackNames.table, Key: policyMemoryKey }));
    expect(doctor.stdout).toContain('trail');
    const mode = await machine.run(
      ['policy', 'mode', 'enforce', '--reason', 'from the first day'],
      as('Administrators'),
    );
    expect(mode, mode.stderr).toMatchObject({ exitCode: 0 });
    await administrate(system.gateway, { bucket, stackName, release: { name: 'administered', version: '1.0' } });
  });

  test('an approver allows a blocked release, and its request is vetted again', async ({ skip }) => {
    if (!('node' in runtime)) return skip(runtime.why);
    publish('shady', '1.0', [], { downloads: 5, stars: 0, olderVersions: 0 });
    await machine.run(['setup', '--from-stack', stackName], as('Approvers'));
    const folder = ['--target', machine.path('four')];
    expect((await machine.install([...folder, 'shady'], as('Approvers'))).exitCode).not.toBe(0);
    const approved = await machine.run(['approve', 'shady==1.0', '--reason', 'reviewed'], as('Approvers'));
    expect(approved.stdout + approved.stderr).toContain('restarted 1 request; run the install again');
    const installed = await machine.install([...folder, 'shady'], as('Approvers'));
    expect(installed.exitCode, installed.stderr).toBe(0);
    const denied = await machine.run(['deny', 'shady', '--remove', '--reason', 'abandoned'], as('Approvers'));
    expect(denied.stdout + denied.stderr).toContain('archived in the vetted repository: 1.0');
    const audit = JSON.parse((await machine.run(['audit', '--json'], as('Developers'))).stdout);
    expect(audit.entries[0]).toMatchObject({
      kind: 'archive',
      actor: { identity: expect.stringContaining('Approvers') },
    });
  });
});

describe('permissions equal calls', () => {
  beforeEach(skipWithoutRuntime);
  const callsOf = (caller: string) => system.gateway.calls.filter((call) => call.caller === caller);

  test.each(functionNames)('%s', (name) => {
    const role = deployed.get(`${stackName}-${entryOf(name)}`)?.role ?? '';
    const rights = allowedTo(role, template).map(({ action, arn }) => ({ action, arn: ofThisStack(arn) }));
    expect(compare(rights, callsOf(name))).toEqual({ denied: [], unused: [] });
  });

  test.each(commandNames)('%s with `ingest=ssm`', (name) => {
    const role = functionsOf(byCommand).get(`${stackName}-${entryOf(name)}`)?.role ?? '';
    const rights = allowedTo(role, byCommand).map(({ action, arn }) => ({ action, arn: ofThisStack(arn) }));
    expect(compare(rights, callsOf(commandCaller(name)))).toEqual({ denied: [], unused: [] });
  });

  test('the instance with `ingest=ssm`', () => {
    const [role = ''] =
      Object.entries(byCommand.Resources).find(
        ([, { Properties }]) => Properties?.RoleName === `${stackName}-${fetcherEntry}`,
      ) ?? [];
    expect(compare(allowedTo(role, byCommand), callsOf('Fetcher'))).toEqual({ denied: [], unused: [] });
  });

  test('the state machine', () => {
    const [machine] = Object.values(template.Resources).filter(
      ({ Type }) => Type === 'AWS::StepFunctions::StateMachine',
    );
    const rights = allowedTo(machine?.Properties.RoleArn['Fn::GetAtt'][0], template);
    // The document names a version of each function.
    const calls = callsOf('StateMachine').map((call) => ({
      ...call,
      resource: `function:${stackName}-${entryOf(call.resource.replace('function:awspip-', '') as FunctionName)}:1`,
    }));
    expect(compare(rights, calls)).toEqual({ denied: [], unused: [] });
  });

  /** The API of the firewall is for other clients: awspip uses the firewall of this machine. */
  const usedByOthers = ['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl'];

  test.each(['Developers', 'Pipelines', 'Approvers', 'Administrators'])('%s', (who) => {
    const [id = ''] =
      Object.entries(template.Resources).find(
        ([, { Properties }]) => Properties.ManagedPolicyName === `${stackName}-${who.toLowerCase()}`,
      ) ?? [];
    const rights = allowedTo(id, template)
      .filter(({ action }) => !usedByOthers.includes(action))
      .map(({ action, arn }) => ({ action, arn: ofThisStack(arn) }));
    expect(compare(rights, callsOf(who))).toEqual({ denied: [], unused: [] });
  });
});

/** Replaces names of the template by those of the local stack. */
function ofThisStack(arn: string): string {
  return arn.replace(/(stateMachine|execution):[a-z-]+-vetting/, `$1:${stackNames.stateMachine}`);
}
