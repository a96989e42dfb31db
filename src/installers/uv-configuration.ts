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
 * Returns the local package sources of uv's configuration, as written in `uv.toml` or in `[tool.uv]` of a pyproject.toml
 * (https://docs.astral.sh/uv/reference/settings/). Sources on the network are omitted, because the relay blocks them.
 */
export function uvLocalSources(text: string, file: 'uv.toml' | 'pyproject.toml'): readonly string[] {
  return uvSources(text, file).filter((source) => !isRemote(source));
}

/** Returns the indexes and links on the network in uv's configuration. */
export function uvRemoteSources(text: string, file: 'uv.toml' | 'pyproject.toml'): readonly string[] {
  return uvSources(text, file).filter(isRemote);
}

const isRemote = (source: string): boolean => /^(?:https?|ftp):/i.test(source);

function uvSources(text: string, file: 'uv.toml' | 'pyproject.toml'): readonly string[] {
  const parsed = readSettings(text, file);
  if (parsed === undefined) return [];
  const { index, pip } = parsed;
  const sources = [parsed, pip].flatMap((table) => [
    ...table['find-links'],
    table['index-url'],
    ...table['extra-index-url'],
  ]);
  return [...new Set([...sources, ...index.map(({ url }) => url)])].filter((source) => source !== '');
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

/** Returns the path of uv's user configuration: below XDG_CONFIG_HOME on Linux and macOS, and APPDATA on Windows. */
export function uvUserFile({
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
