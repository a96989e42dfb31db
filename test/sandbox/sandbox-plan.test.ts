import { describe, expect, test } from 'vitest';
import { conflictsOf, sandboxArguments } from '../../src/sandbox/sandbox-plan.ts';

type Facts = Parameters<typeof sandboxArguments>[0];
const nothing: Facts = { isRoot: false, home: '/home/u', hidden: { folders: [], files: [] }, needed: [] };

/** Returns the mounts after the fixed ones, as `option target`. */
function mounts(facts: Partial<Facts['hidden']>, needed: readonly string[] = []): string[] {
  const all = sandboxArguments({ ...nothing, hidden: { folders: [], files: [], ...facts }, needed });
  const own = all.slice(sandboxArguments(nothing).length);
  const found: string[] = [];
  for (let at = 0; at < own.length; at += own[at] === '--tmpfs' ? 2 : 3) {
    found.push(`${own[at]} ${own[at] === '--tmpfs' ? own[at + 1] : own[at + 2]}`);
  }
  return found;
}

test('processes, network, IPC, devices and /proc are the sandbox’s own, and the sandbox ends with awspip', () => {
  const options = sandboxArguments(nothing);
  expect(options).toEqual(
    expect.arrayContaining(['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-net', '--proc', '--dev']),
  );
  expect(options.slice(options.indexOf('--bind'), options.indexOf('--bind') + 3)).toEqual(['--bind', '/', '/']);
});

test('root keeps the rights to files and loses those to the kernel', () => {
  const options = sandboxArguments({ ...nothing, isRoot: true });
  const added = options.filter((_, at) => options[at - 1] === '--cap-add');
  expect(options.slice(options.indexOf('--cap-drop')).slice(0, 2)).toEqual(['--cap-drop', 'ALL']);
  expect(added).toContain('CAP_DAC_OVERRIDE');
  expect(added.join()).not.toMatch(/SYS|NET|MKNOD|BPF|PERFMON|PTRACE|SETFCAP/);
  for (const target of ['/sys', '/proc/sys', '/proc/sysrq-trigger']) {
    expect(options.join(' ')).toContain(`--ro-bind-try ${target} ${target}`);
  }
});

describe('mounts', () => {
  test('folders become empty, and files and sockets the null device', () => {
    expect(mounts({ folders: ['/home/u/.aws'], files: ['/home/u/.netrc', '/run/docker.sock'] })).toEqual([
      '--tmpfs /home/u/.aws',
      '--dev-bind /home/u/.netrc',
      '--dev-bind /run/docker.sock',
    ]);
  });

  test('a path inside a hidden folder is not mounted, because it does not exist there', () => {
    const folders = ['/home/u/.aws/sso', '/home/u/.aws'];
    expect(mounts({ folders, files: ['/home/u/.aws/config'] })).toEqual(['--tmpfs /home/u/.aws']);
  });

  test('a folder whose name only begins like a hidden one is another folder', () => {
    expect(mounts({ folders: ['/s/a'], files: ['/s/ab/key'] })).toEqual(['--tmpfs /s/a', '--dev-bind /s/ab/key']);
  });

  test('a needed folder inside a hidden one stays, without the secrets in it', () => {
    const hidden = { folders: ['/run/user', '/run/user/1/work/secret'], files: ['/run/user/1/work/key'] };
    expect(mounts(hidden, ['/run/user/1/work'])).toEqual([
      '--tmpfs /run/user',
      '--bind /run/user/1/work',
      '--dev-bind /run/user/1/work/key',
      '--tmpfs /run/user/1/work/secret',
    ]);
  });

  test('a needed folder that is not hidden needs no mount', () => {
    expect(mounts({ folders: ['/home/u/.aws'] }, ['/home/u', '/tmp', '/'])).toEqual(['--tmpfs /home/u/.aws']);
  });

  test('a folder that is both hidden and needed is a conflict', () => {
    const hidden = { folders: ['/home/u/.aws', '/run/user'], files: [] };
    expect(conflictsOf({ home: '/home/u', hidden, needed: ['/run/user', '/home/u'] })).toEqual(['/run/user']);
  });

  test.each(['/', '/home', '/home/u'])('%s cannot be hidden, because the home folder is in it', (folder) => {
    const conflicts = conflictsOf({
      home: '/home/u',
      hidden: { folders: [folder, '/home/u2'], files: [] },
      needed: [],
    });
    expect(conflicts).toEqual([folder]);
  });
});
