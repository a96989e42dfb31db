import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureStack } from '../../src/local/lifecycle/ensure-stack.ts';
import { repairStack } from '../../src/local/lifecycle/repair-stack.ts';
import { resetStack } from '../../src/local/lifecycle/reset-stack.ts';
import { stackStatus } from '../../src/local/lifecycle/stack-status.ts';
import { stopStack } from '../../src/local/lifecycle/stop-stack.ts';
import { stateMachineArn } from '../helpers/stack-names.ts';
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

type Settings = { version?: string; older?: string; idle?: number; directory?: string; wait?: number };

function ensure({ version = '1.0.0', older = '', idle = 60, directory = folder, wait = 30 }: Settings = {}) {
  const environment = {
    ...process.env,
    STACK_FOLDER: directory,
    STACK_OLDER: older,
    STACK_VERSION: version,
    STACK_IDLE: String(idle),
    STACK_STARTS: join(folder, 'starts'),
  };
  return ensureStack({
    stateDirectory: directory,
    olderDirectories: older === '' ? [] : [older],
    spawn: detachedProcess(program, environment),
    waitSeconds: wait,
    now: Date.now,
  });
}

const startCount = async (): Promise<number> => (await readFile(join(folder, 'starts'), 'utf8')).length;
const hasExited = (pid: number): boolean => {
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
  it('starts once, is found by the next command, and keeps its files private', async () => {
    const first = await ensure();
    const second = await ensure();
    expect(second).toMatchObject({ pid: first.pid, endpoint: first.endpoint, version: '1.0.0' });
    expect(await startCount()).toBe(1);
    for (const name of ['stack.json', 'secret', 'stack.log']) {
      expect([name, ((await stat(join(folder, name))).mode & 0o777).toString(8)]).toEqual([name, '600']);
    }
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await stackStatus({ stateDirectory: folder })).toMatchObject({ kind: 'running', stack: { pid: first.pid } });
  });

  it('starts once for concurrent commands', async () => {
    const stacks = await Promise.all(Array.from({ length: 10 }, () => ensure()));
    expect(new Set(stacks.map(({ pid }) => pid)).size).toBe(1);
  });

  it('runs once even if commands do not see that others start it, because of the lock', async () => {
    const ensureWithoutClaim = async () => {
      const running = ensure();
      await rm(join(folder, 'starting'), { force: true });
      return running;
    };
    const stacks = await Promise.all([ensureWithoutClaim(), ensureWithoutClaim(), ensureWithoutClaim()]);
    expect(new Set(stacks.map(({ pid }) => pid)).size).toBe(1);
  });

  it('restarts with the same address and secret after a stop', async () => {
    const first = await ensure();
    expect(await stopStack({ stateDirectory: folder })).toEqual({ kind: 'stopped', pid: first.pid });
    expect(hasExited(first.pid)).toBe(true);
    expect(await stackStatus({ stateDirectory: folder })).toMatchObject({ kind: 'stopped' });
    expect(await stopStack({ stateDirectory: folder })).toEqual({ kind: 'not-running' });
    const second = await ensure();
    expect(second.endpoint).toBe(first.endpoint);
    expect(second.secret.reveal()).toBe(first.secret.reveal());
  });

  it('restarts after SIGKILL, and closes the executions that were running', async () => {
    const first = await ensure();
    await startLong(first, 'cut');
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => hasExited(first.pid), { timeout: 10_000 }).toBe(true);
    const second = await ensure();
    expect(second.pid).not.toBe(first.pid);
    expect(second.endpoint).toBe(first.endpoint);
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:cut`;
    const found = await clientsOf(second).stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    expect(found.status).toBe('ABORTED');
    expect(await readFile(join(folder, 'stack.log'), 'utf8')).toContain('orphaned: cut');
  });

  describe('that does not answer', () => {
    const freeze = async () => {
      const { pid } = await ensure();
      process.kill(pid, 'SIGSTOP');
      return pid;
    };

    it('is reported as such and not as stopped, and another command ends with its process in time', async () => {
      const pid = await freeze();
      expect(await stackStatus({ stateDirectory: folder })).toMatchObject({ kind: 'unresponsive', pid });
      const begun = Date.now();
      await expect(ensure({ wait: 1 })).rejects.toMatchObject({
        code: 'stack-busy',
        exit: 'unavailable',
        message: expect.stringContaining(`process ${pid}`),
        hint: expect.stringContaining('awspip local down'),
      });
      expect(Date.now() - begun).toBeLessThan(8000);
      expect(await startCount()).toBe(1);
    });

    it.each([
      ['without its note', () => rm(join(folder, 'holder'))],
      ['with a damaged note', () => writeFile(join(folder, 'holder'), 'x')],
    ])('is ended by its process ID, %s', async (_, damage) => {
      const pid = await freeze();
      await damage();
      expect(await stopStack({ stateDirectory: folder, killSeconds: 0.2 })).toEqual({ kind: 'stopped', pid });
      await expect.poll(() => hasExited(pid)).toBe(true);
      expect((await ensure()).pid).not.toBe(pid);
    });

    it('is ended even if it is in an endless loop', async () => {
      const stack = await ensure();
      const input = JSON.stringify({ items: [-1] });
      await clientsOf(stack)
        .stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name: 'loop', input }))
        .catch(() => undefined);
      expect(await stackStatus({ stateDirectory: folder })).toMatchObject({ kind: 'unresponsive', pid: stack.pid });
      const stopped = await stopStack({ stateDirectory: folder, killSeconds: 0.2 });
      expect(stopped).toEqual({ kind: 'stopped', pid: stack.pid });
      await expect.poll(() => hasExited(stack.pid)).toBe(true);
    });

    it('is ended by a reset and by a repair', async () => {
      for (const act of [resetStack, ({ stateDirectory = '' }) => repairStack({ stateDirectory, now: 0 })]) {
        const pid = await freeze();
        await act({ stateDirectory: folder });
        await expect.poll(() => hasExited(pid)).toBe(true);
      }
    });
  });

  describe('of a newer version', () => {
    const [oldFolder, newFolder] = [() => join(folder, 'stack-1.0.0'), () => join(folder, 'stack-1.1.0')];
    const ensureOld = () => ensure({ directory: oldFolder() });
    const ensureNew = () => ensure({ directory: newFolder(), older: oldFolder(), version: '1.1.0' });
    afterEach(async () => {
      for (const stateDirectory of [oldFolder(), newFolder()]) await stopStack({ stateDirectory, waitSeconds: 0 });
    });

    it('takes over the data of one that stopped, with its address and its secret', async () => {
      const old = await ensureOld();
      const sent = new StartExecutionCommand({ stateMachineArn, name: 'short', input: JSON.stringify({ items: [1] }) });
      await clientsOf(old).stepFunctions.send(sent);
      await stopStack({ stateDirectory: oldFolder() });
      const fresh = await ensureNew();
      expect(fresh).toMatchObject({ version: '1.1.0', endpoint: old.endpoint });
      expect(fresh.secret.reveal()).toBe(old.secret.reveal());
      const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:short`;
      const found = await clientsOf(fresh).stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      expect(found.status).toBe('SUCCEEDED');
    });

    it('runs next to an older one on which something is under way', async () => {
      const old = await ensureOld();
      await startLong(old, 'long');
      const fresh = await ensureNew();
      expect(fresh.version).toBe('1.1.0');
      expect(hasExited(old.pid)).toBe(false);
      expect((await ensureOld()).pid).toBe(old.pid);
      expect((await ensureNew()).pid).toBe(fresh.pid);
    });

    it('runs next to an older one that a command has just used', async () => {
      const old = await ensureOld();
      await ensureNew();
      expect((await ensureOld()).pid).toBe(old.pid);
    });
  });

  it('stops when it is idle, but not while an execution runs', async () => {
    const idle = await ensure({ idle: 1 });
    await expect.poll(() => hasExited(idle.pid), { timeout: 10_000 }).toBe(true);
    const busy = await ensure({ idle: 1 });
    await startLong(busy, 'long');
    await pause(2500);
    expect(hasExited(busy.pid)).toBe(false);
    expect(await readFile(join(folder, 'stack.log'), 'utf8')).toContain('ended: idle');
  });

  it('stops on SIGTERM, and the next command can start it', async () => {
    const first = await ensure();
    process.kill(first.pid, 'SIGTERM');
    await expect.poll(() => hasExited(first.pid), { timeout: 10_000 }).toBe(true);
    await expect(stat(join(folder, 'stack.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await ensure()).pid).not.toBe(first.pid);
  });

  it('is not confused with another program on the port of a stale port file, which learns no secret', async () => {
    const received: string[] = [];
    const otherProgram = createServer((request, response) => {
      received.push(JSON.stringify(request.headers), request.url ?? '');
      response.end('{"version":"9.9.9","fingerprint":"one"}');
    });
    await new Promise<void>((resolve) => otherProgram.listen(0, '127.0.0.1', resolve));
    const address = otherProgram.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const secret = `AWSPIP${'A'.repeat(40)}`;
    await writeFile(join(folder, 'stack.json'), JSON.stringify({ port, secret, pid: 1, version: '9.9.9' }));
    await writeFile(join(folder, 'port'), String(port));
    const stack = await ensure();
    expect(stack.port).not.toBe(port);
    expect(received.length).toBeGreaterThan(0);
    expect(received.join()).not.toContain(secret);
    await new Promise((resolve) => otherProgram.close(resolve));
  });

  it('removes its own state on a reset, and no other file', async () => {
    const first = await ensure();
    await startLong(first, 'removed');
    await writeFile(join(folder, 'other.txt'), 'kept');
    await resetStack({ stateDirectory: folder });
    expect(hasExited(first.pid)).toBe(true);
    const second = await ensure();
    expect(second.secret.reveal()).not.toBe(first.secret.reveal());
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:removed`;
    const answer = clientsOf(second).stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    await expect(answer).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    expect(await readFile(join(folder, 'other.txt'), 'utf8')).toBe('kept');
  });
});

describe('a state folder that cannot be used', () => {
  const stateFolderFailure = { code: 'state-folder', exit: 'configuration' };

  it('is reported when a file has its name', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(ensure({ directory: join(folder, 'file') })).rejects.toMatchObject(stateFolderFailure);
    await expect(ensure({ directory: join(folder, 'file', 'below') })).rejects.toMatchObject(stateFolderFailure);
  });

  it.skipIf(process.getuid?.() === 0)('is reported when it is read-only', async () => {
    await mkdir(join(folder, 'closed'), { mode: 0o500 });
    await expect(ensure({ directory: join(folder, 'closed', 'state') })).rejects.toMatchObject(stateFolderFailure);
    await chmod(join(folder, 'closed'), 0o700);
  });

  /** Runs `work` on a temporary file system with these mount options. Skips where it cannot be mounted (root on Linux). */
  async function onFileSystem(
    options: string,
    work: (directory: string) => Promise<void>,
    skip: () => void,
  ): Promise<void> {
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

  it('is reported when the file system is read-only, even to root', (context) =>
    onFileSystem(
      'ro',
      async (directory) => {
        await expect(ensure({ directory })).rejects.toMatchObject({
          ...stateFolderFailure,
          message: expect.stringContaining('read-only'),
        });
      },
      () => context.skip('a file system cannot be mounted'),
    ));

  it('is reported when the disk is full', (context) =>
    onFileSystem(
      'size=16k',
      async (directory) => {
        await writeFile(join(directory, 'fill'), Buffer.alloc(16 * 1024));
        await expect(ensure({ directory })).rejects.toMatchObject({
          ...stateFolderFailure,
          message: expect.stringContaining('no space left'),
        });
      },
      () => context.skip('a file system cannot be mounted'),
    ));

  it('is reported when the disk has space for a small file but not for a stack', (context) =>
    onFileSystem(
      'size=64k',
      async (directory) => {
        await writeFile(join(directory, 'fill'), Buffer.alloc(40 * 1024));
        const error = await ensure({ directory }).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ exit: 'configuration', message: expect.stringMatching(/no space left/i) });
      },
      () => context.skip('a file system cannot be mounted'),
    ));

  it('is reported with the message and the exit code of the background process', async () => {
    await mkdir(join(folder, 'state'), { recursive: true });
    await writeFile(join(folder, 'state', 'domains'), 'a file where a folder should be');
    await expect(ensure({ directory: join(folder, 'state') })).rejects.toMatchObject({
      code: 'state-folder',
      exit: 'configuration',
      message: expect.stringContaining('cannot write to the state folder'),
    });
  });
});
