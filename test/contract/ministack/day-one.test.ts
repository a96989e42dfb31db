import { readFile, writeFile } from 'node:fs/promises';
import { CodeartifactClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-codeartifact';
import { expect, test } from 'vitest';
import { startProcess } from '../../helpers/awspip.ts';
import { stackName } from '../../helpers/ministack/deployment.ts';
import { deployedSystem } from './system.ts';

const system = deployedSystem();
const anHourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

test('every resource of the template is deployed, except those of CodeArtifact and CloudTrail', async () => {
  const { emulated, deployment } = system();
  const deployed = await emulated.resources();
  const missing = Object.entries(deployment.declared).filter(([name]) => !Object.hasOwn(deployed, name));
  expect(missing.filter(([, type]) => !/^AWS::(CodeArtifact|CloudTrail)::/.test(type))).toEqual([]);
  expect(Object.values(deployed)).toContain('AWS::StepFunctions::StateMachine');
});

test('setup writes the settings of the deployment, with which doctor finds nothing wrong but that no trail logs reads', async () => {
  const { user, deployment } = system();
  const setUp = await user.run(['setup', '--from-stack', stackName]);
  expect(setUp).toMatchObject({ exitCode: 0 });
  expect(setUp.stdout).toContain(`state-machine = ${deployment.outputs.StateMachine}`);
  const checked = await user.run(['doctor']);
  // The emulator has no trails, and the deployment creates none by default.
  expect(checked.stdout.match(/^(?:fail|skip) +\w+/gm)).toEqual(['skip  trail']);
  expect(checked).toMatchObject({ exitCode: 0 });
});

test('an allowed package is vetted by the deployed functions and installed from secure-pypi', async () => {
  const { user, publish, emulated } = system();
  publish('allowed');
  const { exitCode, report, stderr } = await user.install(['--target', user.path('target'), 'allowed']);
  expect(stderr).toContain('vetted 1 package');
  expect({ exitCode, releases: report.releases }).toMatchObject({
    exitCode: 0,
    releases: [{ name: 'allowed', version: '1.0' }],
  });
  const copies = emulated.front.calls.filter(({ operation }) => operation === 'CopyPackageVersions');
  expect(copies).toMatchObject([{ caller: `${stackName}-copy`, package: 'allowed', status: 200 }]);
});

test('after setup --enforce, a bare pip with a token installs what is vetted, and setup --remove restores its file', async () => {
  const { user } = system();
  expect(await user.run(['setup', '--enforce', '--shell', 'bash'])).toMatchObject({ exitCode: 0 });
  const file = user.path('config/pip/pip.conf');
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^index-url = http:\/\/aws@\S+\/secure-pypi\/simple\/$/m);
  const codeartifact = new CodeartifactClient({
    ...{ endpoint: user.environment.AWS_ENDPOINT_URL ?? '', region: user.environment.AWS_REGION ?? '' },
    credentials: { accessKeyId: user.environment.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'test' },
  });
  const [, domain = ''] = /\/d\/([^/]+)-\d{12}\//.exec(text) ?? [];
  const { authorizationToken = '' } = await codeartifact.send(new GetAuthorizationTokenCommand({ domain }));
  await writeFile(file, text.replace('aws@', `aws:${authorizationToken}@`));
  const argv = ['-m', 'pip', 'download', '--no-deps', '-d', 'bare', 'allowed'];
  const { PIP_INDEX_URL: _, ...environment } = user.environment;
  expect(await startProcess('python3', argv, environment, user.folder).ended).toMatchObject({ exitCode: 0 });
  await writeFile(file, text);
  expect((await user.run(['setup', '--remove'])).stdout).toContain(`removed: ${file}`);
});

test.each([
  ['malware is blocked', 'malware', { malware: ['1.0'] }, 10],
  ['a release within the cooldown is on hold', 'an-hour-old', { uploadTime: anHourAgo() }, 11],
])('%s, and is not copied to secure-pypi', async (_promise, name, facts, exitCode) => {
  const { user, publish, emulated } = system();
  publish(name, facts);
  const ran = await user.run(['vet', name]);
  expect(ran).toMatchObject({ exitCode, stdout: expect.stringContaining(name) });
  const copied = emulated.front.calls.filter(({ operation }) => operation === 'CopyPackageVersions');
  expect(copied.map((call) => call.package)).not.toContain(name);
});

test('an unknown name is reported as not found', async () => {
  const ran = await system().user.run(['vet', 'no-such-project']);
  expect(ran).toMatchObject({ exitCode: 12, stdout: expect.stringContaining('`no-such-project` was not found') });
});
