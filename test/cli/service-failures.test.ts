import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { longTest } from '../helpers/long-form.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  packageIndex.publish('plain', '1.0', wheel({ name: 'plain', version: '1.0' }));
  user = await sandbox(packageIndex.environment);
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

describe('the machine', () => {
  test('no Python: 78', async () => {
    const { exitCode, stderr } = await user.run(['install', 'plain'], { PATH: user.path('empty') });
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining('no Python')]);
  });

  test('a Python without pip: 78', async () => {
    const python = user.path('no-pip');
    await writeFile(python, '#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n', { mode: 0o755 });
    const { exitCode, stderr } = await user.run(['install', 'plain'], { AWSPIP_PYTHON: python });
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining('has no pip')]);
  });

  test('an interpreter that does not exist: 78', async () => {
    const { exitCode, stderr } = await user.run(['list', '--awspip-python=/no/such/python']);
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining('/no/such/python')]);
  });

  test('a state folder that cannot be written: 78', async () => {
    // Read-only modes do not stop root, but a file in place of a folder does.
    await writeFile(user.path('file'), '');
    const { exitCode, stderr } = await user.run(['install', 'plain'], {
      AWSPIP_STATE_DIRECTORY: user.path('file', 'state'),
    });
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining(user.path('file', 'state'))]);
  });

  test('no index is reachable: 69, and nothing is vetted', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const offline = await sandbox({ ...packageIndex.environment, PIP_INDEX_URL: `http://127.0.0.1:${port}/simple/` });
    const { exitCode, stderr } = await offline.run(['install', '--target', 'x', 'plain']);
    await offline.remove();
    expect([exitCode, stderr]).toEqual([69, expect.stringContaining('127.0.0.1')]);
  });
});

describe('the command line', () => {
  test('an unknown option of awspip: 64, with the nearest one', async () => {
    const { exitCode, stderr } = await user.run(['install', '--awspip-wiat=3', 'plain']);
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining('--awspip-wait')]);
  });

  test('an invalid requirement is pip’s error', async () => {
    expect((await user.run(['install', '--target', 'x', 'not a name'])).exitCode).toBe(1);
  });

  test('a requirements file that includes itself: 64, with the file named', async () => {
    await writeFile(user.path('loop.txt'), '-r loop.txt\n');
    const { exitCode, stderr } = await user.run(['install', '--target', 'x', '-r', 'loop.txt']);
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining('loop.txt')]);
  });

  test.each([
    [['--extra-index-url', 'https://elsewhere.example/simple'], 'elsewhere.example'],
    [['https://elsewhere.example/evil-1.0-py3-none-any.whl'], 'elsewhere.example'],
    [['git+https://elsewhere.example/evil.git'], 'elsewhere.example'],
    [['--proxy', 'http://127.0.0.1:1', 'plain'], '--proxy'],
  ])('a source that is not vetted is rejected before pip starts: %j', async (argv, named) => {
    const { exitCode, stderr } = await user.run(['install', '--target', 'x', ...argv], { AWSPIP_PYTHON: 'python3' });
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining(named)]);
    expect(stderr).toContain('hint:');
  });

  test('an index in a requirements file is rejected with file and line', async () => {
    await writeFile(user.path('elsewhere.txt'), 'plain\n--index-url https://elsewhere.example/simple\n');
    const { exitCode, stderr } = await user.run(['install', '--target', 'x', '-r', 'elsewhere.txt']);
    expect([exitCode, stderr]).toEqual([64, expect.stringMatching(/elsewhere\.txt:2/)]);
  });

  longTest('1,000 requirements in one file are one request', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => `many-${at}`);
    for (const name of names.slice(0, 40)) packageIndex.publish(name, '1.0', wheel({ name, version: '1.0' }));
    await writeFile(user.path('many.txt'), names.join('\n'));
    const { exitCode, stderr } = await user.run(['install', '--target', 'many', '-r', 'many.txt']);
    expect(exitCode).toBe(12); // Most of them do not exist.
    expect(stderr).toContain('many-40');
  });
});

describe('AWS', () => {
  test('no AWS configuration under CI: 78, not the local stack', async () => {
    const { exitCode, stderr } = await user.run(['install', 'plain'], { CI: 'true', AWSPIP_STACK: undefined });
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining('AWSPIP_STACK=local')]);
  });

  test('a domain and no credentials: 77, not the local stack', async () => {
    const { exitCode, stderr } = await user.run(['install', 'plain'], {
      AWSPIP_STACK: undefined,
      AWSPIP_DOMAIN: 'company',
      AWSPIP_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    expect([exitCode, stderr]).toEqual([77, expect.stringContaining('credentials')]);
  });
});
