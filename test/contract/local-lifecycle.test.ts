import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureStack } from '../../src/local/lifecycle/ensure.ts';
import { resetStack } from '../../src/local/lifecycle/reset.ts';
import { stackStatus } from '../../src/local/lifecycle/status.ts';
import { stopStack } from '../../src/local/lifecycle/stop.ts';
import { stateMachineArn } from '../../src/local/names.ts';
import { builtServe, detachedProcess } from '../local/support/built-serve.ts';
import { clientsOf, temporaryFolder } from '../local/support/stack.ts';

let program = '';
let folder = '';

beforeAll(async () => {
  program = await builtServe('lifecycle');
});
afterAll(() => rm(program, { force: true }));
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await stopStack({ stateDirectory: folder, waitSeconds: 0 });
  await rm(folder, { recursive: true, force: true });
});

type Settings = { version?: string; fingerprint?: string; idle?: number; directory?: string; drainSeconds?: number };

function ensure({
  version = '1.0.0',
  fingerprint = 'one',
  idle = 60,
  directory = folder,
  drainSeconds = 10,
}: Settings = {}) {
  const environment = {
    ...process.env,
    STACK_FOLDER: directory,
    STACK_VERSION: version,
    STACK_FINGERPRINT: fingerprint,
    STACK_IDLE: String(idle),
    STACK_STARTS: join(folder, 'starts'),
  };
  return ensureStack({
    stateDirectory: directory,
    version,
    fingerprint,
    spawn: detachedProcess(program, environment),
    drainSeconds,
    now: Date.now,
  });
}

const startCount = async (): Promise<number> => (await readFile(join(folder, 'starts'), 'utf8')).length;
const gone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

async function startLong(stack: Awaited<ReturnType<typeof ensure>>, name: string): Promise<void> {
  const input = JSON.stringify({ again: true });
  await clientsOf(stack).stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input }));
}

describe('the background process', () => {
  it('is started once and found again, and keeps its secret to its user', async () => {
    const first = await ensure();
    const second = await ensure();
    expect(second).toMatchObject({ pid: first.pid, endpoint: first.endpoint, version: '1.0.0', fingerprint: 'one' });
    expect(await startCount()).toBe(1);
    for (const name of ['stack.json', 'secret', 'stack.log']) {
      expect([name, ((await stat(join(folder, name))).mode & 0o777).toString(8)]).toEqual([name, '600']);
    }
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await stackStatus({ stateDirectory: folder })).toMatchObject({ kind: 'running', stack: { pid: first.pid } });
  });

  it('is one, however many ask for it at once', async () => {
    const stacks = await Promise.all(Array.from({ length: 10 }, () => ensure()));
    expect(new Set(stacks.map(({ pid }) => pid)).size).toBe(1);
  });

  it('is one even for starters who do not see each other, as the lock decides', async () => {
    const deaf = async () => {
      const running = ensure();
      await rm(join(folder, 'starting'), { force: true });
      return running;
    };
    const stacks = await Promise.all([deaf(), deaf(), deaf()]);
    expect(new Set(stacks.map(({ pid }) => pid)).size).toBe(1);
  });

  it('comes back on the same address with the same secret after it was stopped', async () => {
    const first = await ensure();
    expect(await stopStack({ stateDirectory: folder })).toEqual({ kind: 'stopped', pid: first.pid });
    expect(gone(first.pid)).toBe(true);
    expect(await stackStatus({ stateDirectory: folder })).toMatchObject({ kind: 'stopped' });
    expect(await stopStack({ stateDirectory: folder })).toEqual({ kind: 'not-running' });
    const second = await ensure();
    expect(second.endpoint).toBe(first.endpoint);
    expect(second.secret.reveal()).toBe(first.secret.reveal());
  });

  it('comes back after kill -9, and ends the executions that died with it', async () => {
    const first = await ensure();
    await startLong(first, 'cut');
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => gone(first.pid), { timeout: 10_000 }).toBe(true);
    const second = await ensure();
    expect(second.pid).not.toBe(first.pid);
    expect(second.endpoint).toBe(first.endpoint);
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:cut`;
    const found = await clientsOf(second).stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    expect(found.status).toBe('ABORTED');
    expect(await readFile(join(folder, 'stack.log'), 'utf8')).toContain('died: cut');
  });

  it('gives way to a newer awspip, after it has finished what it runs', async () => {
    const old = await ensure({ version: '1.0.0' });
    await clientsOf(old).stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn, name: 'short', input: JSON.stringify({ items: [1] }) }),
    );
    const fresh = await ensure({ version: '1.1.0' });
    expect(fresh.version).toBe('1.1.0');
    expect(gone(old.pid)).toBe(true);
    expect(fresh.endpoint).toBe(old.endpoint);
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:short`;
    const found = await clientsOf(fresh).stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    expect(found.status).toBe('SUCCEEDED');
  });

  it('serves an older awspip as it is', async () => {
    const fresh = await ensure({ version: '1.1.0' });
    expect((await ensure({ version: '1.0.0' })).pid).toBe(fresh.pid);
  });

  it('gives way to one that reads other indexes, and does not wait longer than it is told', async () => {
    const first = await ensure({ fingerprint: 'one' });
    await startLong(first, 'long');
    const second = await ensure({ fingerprint: 'two', drainSeconds: 1 });
    expect(second.fingerprint).toBe('two');
    expect(gone(first.pid)).toBe(true);
  });

  it('goes when nobody uses it, but not while an execution runs', async () => {
    const idle = await ensure({ idle: 1 });
    await expect.poll(() => gone(idle.pid), { timeout: 10_000 }).toBe(true);
    const busy = await ensure({ idle: 1 });
    await startLong(busy, 'long');
    await pause(2500);
    expect(gone(busy.pid)).toBe(false);
    expect(await readFile(join(folder, 'stack.log'), 'utf8')).toContain('ended: idle');
  });

  it('ends on SIGTERM and leaves nothing that blocks the next', async () => {
    const first = await ensure();
    process.kill(first.pid, 'SIGTERM');
    await expect.poll(() => gone(first.pid), { timeout: 10_000 }).toBe(true);
    await expect(stat(join(folder, 'stack.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await ensure()).pid).not.toBe(first.pid);
  });

  it('is not looked for behind a stale port file, and a stranger on that port learns no secret', async () => {
    const heard: string[] = [];
    const stranger = createServer((request, response) => {
      heard.push(JSON.stringify(request.headers), request.url ?? '');
      response.end('{"version":"9.9.9","fingerprint":"one"}');
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const address = stranger.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const secret = `AWSPIP${'A'.repeat(40)}`;
    await writeFile(join(folder, 'stack.json'), JSON.stringify({ port, secret, pid: 1, version: '9.9.9' }));
    await writeFile(join(folder, 'port'), String(port));
    const stack = await ensure();
    expect(stack.port).not.toBe(port);
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.join()).not.toContain(secret);
    await new Promise((resolve) => stranger.close(resolve));
  });

  it('forgets everything on reset, and only that', async () => {
    const first = await ensure();
    await startLong(first, 'forgotten');
    await writeFile(join(folder, 'mine.txt'), 'kept');
    await resetStack({ stateDirectory: folder });
    expect(gone(first.pid)).toBe(true);
    const second = await ensure();
    expect(second.secret.reveal()).not.toBe(first.secret.reveal());
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:forgotten`;
    const asked = clientsOf(second).stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    await expect(asked).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    expect(await readFile(join(folder, 'mine.txt'), 'utf8')).toBe('kept');
  });
});

describe('a state folder that cannot be used', () => {
  const troubled = { code: 'state-folder', exit: 'configuration' };

  it('is told of, with the way out, when a file is in its place', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(ensure({ directory: join(folder, 'file') })).rejects.toMatchObject(troubled);
    await expect(ensure({ directory: join(folder, 'file', 'below') })).rejects.toMatchObject(troubled);
  });

  it.skipIf(process.getuid?.() === 0)('is told of when it is read-only', async () => {
    await mkdir(join(folder, 'closed'), { mode: 0o500 });
    await expect(ensure({ directory: join(folder, 'closed', 'state') })).rejects.toMatchObject(troubled);
    await chmod(join(folder, 'closed'), 0o700);
  });

  /** A file system of its own, where the tests may make one (root on Linux); its size in KiB. */
  async function mounted(options: string, work: (directory: string) => Promise<void>, skip: () => void): Promise<void> {
    const directory = join(folder, 'mounted');
    await mkdir(directory);
    const made = await execa('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { reject: false });
    if (made.exitCode !== 0) return skip();
    try {
      await work(directory);
    } finally {
      await stopStack({ stateDirectory: directory, waitSeconds: 0 });
      await execa('umount', ['-l', directory]);
    }
  }

  it('is told of when the file system is read-only, whoever asks', (context) =>
    mounted(
      'ro',
      async (directory) => {
        await expect(ensure({ directory })).rejects.toMatchObject({
          ...troubled,
          message: expect.stringContaining('read-only'),
        });
      },
      () => context.skip('no file system can be mounted here'),
    ));

  it('is told of when the disk is full', (context) =>
    mounted(
      'size=16k',
      async (directory) => {
        await writeFile(join(directory, 'fill'), Buffer.alloc(16 * 1024));
        await expect(ensure({ directory })).rejects.toMatchObject({
          ...troubled,
          message: expect.stringContaining('no space left'),
        });
      },
      () => context.skip('no file system can be mounted here'),
    ));

  it('is told of when the disk has room for a word, but not for a stack', (context) =>
    mounted(
      'size=64k',
      async (directory) => {
        await writeFile(join(directory, 'fill'), Buffer.alloc(40 * 1024));
        const error = await ensure({ directory }).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ exit: 'configuration', message: expect.stringMatching(/no space left/i) });
      },
      () => context.skip('no file system can be mounted here'),
    ));

  it('is told of by the background process too: its words and its code come through', async () => {
    await mkdir(join(folder, 'state', 'executions'), { recursive: true });
    await writeFile(join(folder, 'state', 'executions', 'running'), 'a file where a folder should be');
    await expect(ensure({ directory: join(folder, 'state') })).rejects.toMatchObject({
      code: 'stack-not-started',
      exit: 'configuration',
      message: expect.stringContaining('cannot keep state'),
    });
  });
});
