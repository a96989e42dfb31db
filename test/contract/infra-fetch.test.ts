import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SSMClient } from '@aws-sdk/client-ssm';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { fetchDocument, parameterPatterns } from '../../src/infra/fetch-document.ts';
import { runFetch } from '../../src/infra/functions/parts/run-fetch.ts';
import { listen } from '../relay/repository-double.ts';

const document = fetchDocument({
  domain: 'd',
  owner: '123456789012',
  repository: 'package-install',
  region: 'eu-west-1',
});
const script = document.mainSteps[0]!.inputs.runCommand.join('\n');
const bytes = 'the bytes of a wheel';
const sha256 = createHash('sha256').update(bytes).digest('hex');
const good = { Project: 'demo', Path: '1.0/demo-1.0-py3-none-any.whl', Sha256: sha256 };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'awspip-fetch-'));
  const programs = {
    aws: `#!/bin/bash\ncase "$*" in *get-authorization-token*) echo the-token;; *) echo https://repo.invalid/pypi/package-install/;; esac\n`,
    curl: `#!/bin/bash\nprintf '%s\\n' "$@" > "${folder}/arguments"\ncat > "${folder}/stdin"\nprintf '%s' '${bytes}'\n`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(path.join(folder, name), text);
    await chmod(path.join(folder, name), 0o755);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the document's script like the agent, with the parameters as environment variables. */
const run = (parameters: Record<string, string>) =>
  execa('bash', ['--norc', '-c', script], {
    reject: false,
    stdin: 'ignore',
    cwd: folder,
    extendEnv: false,
    env: {
      PATH: `${folder}:/usr/bin:/bin`,
      ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`SSM_${name}`, value])),
    },
  });

test('the document fetches one file, and no argument or output contains the token', async () => {
  const ran = await run(good);
  expect(ran).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  const sent = await readFile(path.join(folder, 'arguments'), 'utf8');
  expect(sent).toContain('https://repo.invalid/pypi/package-install/simple/demo/1.0/demo-1.0-py3-none-any.whl');
  expect(sent).not.toContain('the-token');
  expect(await readFile(path.join(folder, 'stdin'), 'utf8')).toBe('user = "aws:the-token"\n');
});

test('a file with another digest fails the command', async () => {
  expect((await run({ ...good, Sha256: '0'.repeat(64) })).exitCode).not.toBe(0);
});

test('an agent that does not pass parameters as variables fails the command', async () => {
  expect((await run({})).exitCode).not.toBe(0);
  expect((await run({ Project: 'demo', Path: good.Path })).exitCode).not.toBe(0);
});

const hostile = [
  '$(touch owned)',
  '`touch owned`',
  'a; touch owned',
  'a\ntouch owned',
  '../../etc/passwd',
  '{{ Project }}',
  "a' b",
  'a"b',
  '-o/tmp/x',
  '',
];

test.each(hostile)('%j matches no parameter', (value) => {
  for (const [name, pattern] of Object.entries(parameterPatterns)) {
    const parameter = name === 'Path' ? `1.0/${value}` : value;
    const matches = new RegExp(pattern).test(parameter);
    // Characters of file names are harmless in quotes, and the script rejects `..`.
    expect([name, matches && !/^1\.0\/(-o|\.\.)?[\w./-]*$/.test(parameter)]).toEqual([name, false]);
  }
});

test.each(hostile)('%j runs no command even without the patterns', async (value) => {
  await run({ Project: value, Path: `1.0/${value}`, Sha256: value });
  await expect(readFile(path.join(folder, 'owned'))).rejects.toThrow('ENOENT');
});

type Reply = { readonly status?: number; readonly body: unknown };

/** Starts a fake Systems Manager that returns the invocations in turn and repeats the last one. */
async function systemsManager(invocations: readonly Reply[]) {
  const calls: { readonly action: string; readonly body: Record<string, unknown> }[] = [];
  const server = await listen((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      calls.push({ action, body: JSON.parse(text) });
      const count = calls.filter((call) => call.action === 'GetCommandInvocation').length;
      const { status = 200, body } =
        action === 'SendCommand'
          ? { body: { Command: { CommandId: 'c0ffee00-0000-4000-8000-000000000000' } } }
          : (invocations[Math.min(count, invocations.length) - 1] ?? { body: {} });
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    });
  });
  const client = new SSMClient({
    endpoint: server.origin,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  let clock = 0;
  const target = {
    client,
    document: 'fetch',
    instance: 'i-0a1b2c3d',
    now: () => clock,
    sleep: async (time: number) => {
      clock += time;
    },
  };
  return {
    calls,
    fetch: (url = 'https://repo.invalid/pypi/package-install/simple/demo/1.0/demo-1.0-py3-none-any.whl') =>
      runFetch(
        target,
        { name: normaliseName('demo'), version: '1.0' },
        { filename: 'demo-1.0-py3-none-any.whl', url, hashes: { sha256 }, yanked: false },
      ),
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
}

const notYet = (name: string): Reply => ({ status: 400, body: { __type: name, message: '' } });
const status = (Status: string, StatusDetails = Status): Reply => ({ body: { Status, StatusDetails } });

test('a command that is not found yet counts as in progress, with either name of that error', async () => {
  const manager = await systemsManager([
    notYet('InvocationDoesNotExist'),
    notYet('InvocationDoesNotExistException'),
    status('Pending'),
    status('InProgress'),
    status('Success'),
  ]);
  await manager.fetch();
  expect(manager.calls.map(({ action }) => action)).toEqual([
    'SendCommand',
    ...Array.from({ length: 5 }, () => 'GetCommandInvocation'),
  ]);
  expect(manager.calls[0]?.body).toMatchObject({
    DocumentName: 'fetch',
    InstanceIds: ['i-0a1b2c3d'],
    Parameters: { Project: ['demo'], Path: [good.Path], Sha256: [sha256] },
    TimeoutSeconds: 60,
  });
  await manager.close();
});

test.each(['DeliveryTimedOut', 'Undeliverable', 'ExecutionTimedOut', 'Failed', 'AccessDenied'])(
  'a command that ended in %s fails with that cause',
  async (details) => {
    const manager = await systemsManager([status('InProgress'), status('Failed', details)]);
    await expect(manager.fetch()).rejects.toThrow(`ended in ${details}`);
    await manager.close();
  },
);

test('the wait for an agent that does not run ends', async () => {
  const manager = await systemsManager([status('InProgress')]);
  await expect(manager.fetch()).rejects.toThrow('did not end in time');
  await manager.close();
});

test('a missing permission ends the fetch immediately', async () => {
  const manager = await systemsManager([notYet('AccessDeniedException')]);
  await expect(manager.fetch()).rejects.toThrow('AccessDenied');
  await manager.close();
});

test('a path that does not match its pattern is not sent', async () => {
  const manager = await systemsManager([status('Success')]);
  await expect(manager.fetch('https://repo.invalid/simple/demo/1.0/a%20b.whl')).rejects.toThrow(
    'Path does not match its pattern',
  );
  expect(manager.calls).toEqual([]);
  await manager.close();
});
