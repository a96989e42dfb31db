import path from 'node:path';
import * as v from 'valibot';
import { parseToml } from '../toml.ts';

const links = v.fallback(v.array(v.string()), []);
const settings = v.object({
  'find-links': links,
  index: v.fallback(v.array(v.object({ url: v.fallback(v.string(), '') })), []),
  'index-url': v.fallback(v.string(), ''),
  'extra-index-url': links,
  pip: v.fallback(
    v.object({ 'find-links': links, 'index-url': v.fallback(v.string(), ''), 'extra-index-url': links }),
    { 'find-links': [], 'index-url': '', 'extra-index-url': [] },
  ),
});
const pyproject = v.object({ tool: v.object({ uv: settings }) });

/**
 * Where on this machine uv would take packages from by its own configuration, as written: `uv.toml`, or `[tool.uv]` of a
 * pyproject.toml (https://docs.astral.sh/uv/reference/settings/). What is said by an address on the network is not
 * among it: the relay denies it.
 */
export function localSourcesOfUv(text: string, file: 'uv.toml' | 'pyproject.toml'): readonly string[] {
  const read = readSettings(text, file);
  if (read === undefined) return [];
  const { index, pip } = read;
  const places = [read, pip].flatMap((one) => [...one['find-links'], one['index-url'], ...one['extra-index-url']]);
  return [...new Set([...places, ...index.map(({ url }) => url)])].filter(
    (name) => name !== '' && !/^(?:https?|ftp):/i.test(name),
  );
}

function readSettings(text: string, file: 'uv.toml' | 'pyproject.toml'): v.InferOutput<typeof settings> | undefined {
  try {
    const toml = parseToml(text);
    if (file === 'uv.toml') return v.parse(settings, toml);
    return v.parse(pyproject, toml).tool.uv;
  } catch {
    return undefined;
  }
}

/** Where uv keeps a user's settings: XDG on Linux and macOS, APPDATA on Windows. */
export function userFileOfUv({
  platform,
  home,
  environment,
}: {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): string {
  const folder =
    platform === 'win32'
      ? (environment.APPDATA ?? path.join(home, 'AppData', 'Roaming'))
      : environment.XDG_CONFIG_HOME || path.join(home, '.config');
  return path.join(folder, 'uv', 'uv.toml');
}
