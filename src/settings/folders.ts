import path from 'node:path';

type Machine = {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** Where the user's settings file lies: XDG on Linux, Application Support on macOS, APPDATA on Windows. */
export function userFile({ platform, home, environment }: Machine): string {
  const folder =
    platform === 'win32'
      ? (environment.APPDATA ?? path.join(home, 'AppData', 'Roaming'))
      : platform === 'darwin'
        ? path.join(home, 'Library', 'Application Support')
        : environment.XDG_CONFIG_HOME || path.join(home, '.config');
  return path.join(folder, 'awspip', 'config.toml');
}

/** Where awspip keeps what must survive: the local stack's data, tokens. */
export function stateFolder({ platform, home, environment }: Machine): string {
  const folder =
    platform === 'win32'
      ? (environment.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'))
      : platform === 'darwin'
        ? path.join(home, 'Library', 'Application Support')
        : environment.XDG_STATE_HOME || path.join(home, '.local', 'state');
  return path.join(folder, 'awspip');
}

/** Where awspip keeps what it can make anew: the shims and what shells read. Nothing else lies in it. */
export function dataFolder({ platform, home, environment }: Machine): string {
  if (platform === 'win32' || platform === 'darwin') {
    return path.join(stateFolder({ platform, home, environment }), 'shell');
  }
  return path.join(environment.XDG_DATA_HOME || path.join(home, '.local', 'share'), 'awspip');
}
