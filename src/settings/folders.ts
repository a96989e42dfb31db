import path from 'node:path';

type Machine = {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** Returns the path of the user file: under XDG on Linux, Application Support on macOS, APPDATA on Windows. */
export function userFile({ platform, home, environment }: Machine): string {
  const folder =
    platform === 'win32'
      ? (environment.APPDATA ?? path.join(home, 'AppData', 'Roaming'))
      : platform === 'darwin'
        ? path.join(home, 'Library', 'Application Support')
        : environment.XDG_CONFIG_HOME || path.join(home, '.config');
  return path.join(folder, 'awspip', 'config.toml');
}

/** Returns the folder for data that awspip cannot regenerate: the local stack's data, tokens. */
export function stateFolder({ platform, home, environment }: Machine): string {
  const folder =
    platform === 'win32'
      ? (environment.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'))
      : platform === 'darwin'
        ? path.join(home, 'Library', 'Application Support')
        : environment.XDG_STATE_HOME || path.join(home, '.local', 'state');
  return path.join(folder, 'awspip');
}

/** Returns the folder for files that awspip can regenerate: the shims and the shell scripts. It holds nothing else. */
export function dataFolder({ platform, home, environment }: Machine): string {
  if (platform === 'win32' || platform === 'darwin') {
    return path.join(stateFolder({ platform, home, environment }), 'shell');
  }
  return path.join(environment.XDG_DATA_HOME || path.join(home, '.local', 'share'), 'awspip');
}

/** Returns the folder of the cache: under XDG on Linux, Caches on macOS, LOCALAPPDATA on Windows. */
export function cacheFolder({ platform, home, environment }: Machine): string {
  if (platform === 'win32') return path.join(stateFolder({ platform, home, environment }), 'cache');
  const { XDG_CACHE_HOME } = environment;
  const configured = XDG_CACHE_HOME && path.posix.isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : undefined;
  const folder = platform === 'darwin' ? path.join(home, 'Library', 'Caches') : path.join(home, '.cache');
  return path.join(platform === 'darwin' ? folder : (configured ?? folder), 'awspip');
}

/** Returns the folder of the cache of vetted files. */
export function fileCacheFolder(machine: Machine): string {
  return path.join(cacheFolder(machine), 'files');
}

/** Returns the folder of compiled code, with a folder for each version of awspip. */
export function compiledCodeFolder(machine: Machine): string {
  return path.join(cacheFolder(machine), 'compiled');
}

/** Returns the path of the file that records which project files the user trusts. */
export function trustFile(machine: Machine): string {
  return path.join(path.dirname(userFile(machine)), 'trusted-projects.json');
}

/** Returns the folder that stands for "nowhere" in the configuration of pip and uv. pip prints its name. */
export function closedIndexFolder(ownFolder: string): string {
  return path.join(ownFolder, 'use-awspip-install');
}
