import { expect, test } from 'vitest';
import { listeningSockets, secretPaths } from '../../src/sandbox/secret-paths.ts';

const pathsWith = (environment: Record<string, string>) =>
  secretPaths({ home: '/home/u', environment, ownFolders: ['/state', '/home/u/.config/awspip'] });

test('the credentials of awspip, AWS and common tools are hidden', () => {
  const { folders, files } = pathsWith({});
  expect(folders).toEqual(
    expect.arrayContaining([
      ...['/state', '/home/u/.config/awspip', '/run/user'],
      ...['.aws', '.ssh', '.docker', '.kube', '.gnupg', '.config/gcloud', '.config/gh'].map(
        (name) => `/home/u/${name}`,
      ),
    ]),
  );
  expect(files).toEqual(
    expect.arrayContaining(['.netrc', '.pypirc', '.npmrc', '.git-credentials'].map((name) => `/home/u/${name}`)),
  );
  expect(files).toContain('/var/run/docker.sock');
});

test('credentials in other places are hidden, if a variable names them with an absolute path', () => {
  const { folders, files } = pathsWith({
    AWS_SHARED_CREDENTIALS_FILE: '/srv/credentials',
    AWS_WEB_IDENTITY_TOKEN_FILE: '/srv/token',
    KUBECONFIG: '/srv/a:/srv/b:relative',
    DOCKER_CONFIG: '/srv/docker',
    DOCKER_HOST: 'unix:///srv/docker.sock',
    XDG_CONFIG_HOME: '/cfg',
    NETRC: '',
    XDG_RUNTIME_DIR: '/tmp',
  });
  expect(files).toEqual(
    expect.arrayContaining([
      '/srv/credentials',
      '/srv/token',
      '/srv/a',
      '/srv/b',
      '/srv/docker.sock',
      '/cfg/git/credentials',
    ]),
  );
  expect(folders).not.toContain('/tmp');
  expect(folders).toEqual(expect.arrayContaining(['/srv/docker', '/cfg/gcloud', '/home/u/.config/gcloud']));
  expect([...folders, ...files].every((file) => file.startsWith('/'))).toBe(true);
});

test('only listening sockets with a path are found, each once', () => {
  const table = `Num       RefCount Protocol Flags    Type St Inode Path
00000000: 00000002 00000000 00010000 0001 01 12345 /run/docker.sock
00000000: 00000002 00000000 00010000 0001 01  2345 /tmp/with space/s.1
0000000000000000: 00000002 00000000 00010000 0005 01 12347 /run/udev/control
00000000: 00000003 00000000 00000000 0001 03 12348 /run/docker.sock
00000000: 00000002 00000000 00000000 0002 01 12349 /run/systemd/notify
00000000: 00000002 00000000 00010000 0001 01 12350 @/tmp/.X11-unix/X0
00000000: 00000003 00000000 00000000 0001 03 12351
`;
  expect(listeningSockets(table)).toEqual(['/run/docker.sock', '/tmp/with space/s.1', '/run/udev/control']);
  expect(listeningSockets('')).toEqual([]);
});
