import path from 'node:path';
import type { HiddenPaths } from './types.ts';

type Machine = {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** awspip's folders: settings, state with tokens and the local stack's secret, compiled code. */
  readonly ownFolders: readonly string[];
};

/**
 * Returns the folders and files that may hold credentials or control sockets of a user, whether they exist or not:
 * awspip's own, those of AWS, and those of common tools, also where a variable names another place for them.
 */
export function secretPaths({ home, environment, ownFolders }: Machine): HiddenPaths {
  const configuration = environment.XDG_CONFIG_HOME || path.join(home, '.config');
  const data = environment.XDG_DATA_HOME || path.join(home, '.local', 'share');
  const named = (names: readonly string[]) => names.flatMap((name) => environment[name]?.split(path.delimiter) ?? []);
  const absolute = (paths: readonly string[]) => [...new Set(paths.filter((file) => path.isAbsolute(file)))];
  return {
    folders: absolute([
      ...ownFolders,
      ...homeFolders.map((name) => path.join(home, name)),
      ...configurationFolders.map((name) => path.join(configuration, name)),
      ...dataFolders.map((name) => path.join(data, name)),
      ...named(folderVariables).filter((folder) => !sharedFolders.includes(folder)),
      '/run/user',
      '/tmp/.X11-unix',
    ]),
    files: absolute([
      ...homeFiles.map((name) => path.join(home, name)),
      path.join(configuration, 'git', 'credentials'),
      ...named(fileVariables),
      ...controlSockets,
      ...(environment.DOCKER_HOST?.startsWith('unix://') ? [environment.DOCKER_HOST.slice('unix://'.length)] : []),
    ]),
  };
}

const homeFolders = [
  '.aws',
  '.ssh',
  '.gnupg',
  '.docker',
  '.kube',
  '.azure',
  '.password-store',
  '.oci',
  '.config/gcloud',
];
const configurationFolders = ['gcloud', 'gh', 'glab-cli', 'containers', 'rclone', 'doctl', 'op', 'sops', 'helm'];
const dataFolders = ['keyrings', 'python_keyring', 'kwalletd'];
const homeFiles = [
  '.netrc',
  '_netrc',
  '.pypirc',
  '.npmrc',
  '.yarnrc.yml',
  '.git-credentials',
  '.pgpass',
  '.my.cnf',
  '.vault-token',
  '.boto',
  '.s3cfg',
  '.terraformrc',
  '.terraform.d/credentials.tfrc.json',
  '.cargo/credentials',
  '.cargo/credentials.toml',
  '.gem/credentials',
  '.m2/settings.xml',
  '.gradle/gradle.properties',
  '.databrickscfg',
];
const folderVariables = ['DOCKER_CONFIG', 'GNUPGHOME', 'CLOUDSDK_CONFIG', 'AZURE_CONFIG_DIR', 'XDG_RUNTIME_DIR'];
/** Sockets that a container may share with its host. `/proc/net/unix` then does not list them. */
const controlSockets = [
  '/run/docker.sock',
  '/var/run/docker.sock',
  '/run/podman/podman.sock',
  '/run/containerd/containerd.sock',
  '/run/crio/crio.sock',
  '/run/buildkit/buildkitd.sock',
  '/run/dbus/system_bus_socket',
  '/run/systemd/private',
  '/run/snapd.socket',
];
/** Some systems set `XDG_RUNTIME_DIR` to one of them. The sockets in it are hidden in any case. */
const sharedFolders = ['/tmp', '/var/tmp', '/dev/shm'];
const fileVariables = [
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'NETRC',
  'KUBECONFIG',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'NPM_CONFIG_USERCONFIG',
  'PGPASSFILE',
  'SSH_AUTH_SOCK',
];

/**
 * Returns the paths of the sockets that programs listen on, from `/proc/net/unix` (proc_pid_net(5)): agents, containers,
 * terminal multiplexers and desktops, through which a build could run commands outside the sandbox.
 */
export function listeningSockets(table: string): readonly string[] {
  const acceptsConnections = 0x1_0000; // __SO_ACCEPTCON
  const line = /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]{8}) [0-9A-F]+ [0-9A-F]+ +\d+ (\/.*)$/gim;
  const found = [...table.matchAll(line)].filter(([, flags = '']) => Number.parseInt(flags, 16) & acceptsConnections);
  return [...new Set(found.map(([, , socket = '']) => socket))];
}
