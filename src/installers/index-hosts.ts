import path from 'node:path';
import * as v from 'valibot';
import { homeFolder } from '../folders.ts';
import { isWithoutProxy } from '../index/no-proxy.ts';
import { readMachineConfiguration, readOptional } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import type { OtherHosts } from '../relay/types.ts';
import { parseToml } from '../toml.ts';
import { uvRemoteSources, uvUserFile } from './uv-configuration.ts';
import { findUp } from './uv-folders.ts';

/** Returns how programs that are not installers reach other hosts: as without awspip, except for indexes. */
export function otherHosts({ environment }: Pick<ProcessContext, 'environment'>, folder: string): OtherHosts {
  const { pip, upstream } = readMachineConfiguration({ environment });
  const sources = [
    ...upstream.indexUrls,
    ...upstream.findLinks,
    ...variableSources(environment),
    ...uvSources(environment, folder),
    ...projectSources(folder),
  ];
  const { environmentProxies, noProxy } = pip;
  return {
    indexes: hostsOf(sources),
    proxyFor: (url) => {
      const proxy = url.protocol === 'http:' ? environmentProxies.http : environmentProxies.https;
      return proxy === undefined || isWithoutProxy(url, noProxy) ? undefined : proxyUrl(proxy);
    },
  };
}

/** Returns the hosts of the URLs on the network. */
export function hostsOf(sources: readonly string[]): string[] {
  const urls = sources.flatMap((source) => (URL.canParse(source) ? new URL(source) : []));
  return [...new Set(urls.filter(({ protocol }) => /^https?:$/.test(protocol)).map(({ host }) => host))];
}

/** Returns the proxy, if it is one for http. The relay can't use a SOCKS proxy. */
function proxyUrl(text: string): URL | undefined {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined;
}

/** uv's variables that name indexes. `UV_INDEX` may have names: `corp=https://…`. */
const uvVariables = ['UV_INDEX', 'UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_EXTRA_INDEX_URL', 'UV_FIND_LINKS'];
const otherVariables = ['PIPENV_PYPI_MIRROR', 'POETRY_PYPI_MIRROR_URL', 'PIP_PYPI_URL', 'PDM_PYPI_URL'];

function variableSources(environment: ProcessContext['environment']): string[] {
  return [...uvVariables, ...otherVariables].flatMap((name) =>
    (environment[name] ?? '').split(/[\s,]+/).map((source) => source.replace(/^[\w-]+=/, '')),
  );
}

function uvSources(environment: ProcessContext['environment'], folder: string): string[] {
  const user = uvUserFile({ platform: process.platform, home: homeFolder(), environment });
  const files = [findUp(folder, 'uv.toml'), findUp(folder, 'pyproject.toml'), user, environment.UV_CONFIG_FILE];
  return files.flatMap((file) => {
    const text = file === undefined ? undefined : readOptional(file);
    const kind = path.basename(file ?? '') === 'pyproject.toml' ? 'pyproject.toml' : 'uv.toml';
    return text === undefined ? [] : uvRemoteSources(text, kind);
  });
}

const sourceTables = v.fallback(v.array(v.object({ url: v.fallback(v.string(), '') })), []);
const pyprojectSchema = v.object({
  tool: v.object({
    poetry: v.optional(v.object({ source: sourceTables })),
    pdm: v.optional(v.object({ source: sourceTables })),
  }),
});
const pipfileSchema = v.object({ source: sourceTables });

/** Returns the sources of poetry, PDM and pipenv that a project names. */
function projectSources(folder: string): string[] {
  const pyproject = v.safeParse(pyprojectSchema, tomlOf(findUp(folder, 'pyproject.toml')));
  const pipfile = v.safeParse(pipfileSchema, tomlOf(findUp(folder, 'Pipfile')));
  const { poetry, pdm } = pyproject.success ? pyproject.output.tool : {};
  const tables = [poetry?.source, pdm?.source, pipfile.success ? pipfile.output.source : []];
  return tables.flatMap((table) => (table ?? []).map(({ url }) => url));
}

function tomlOf(file: string | undefined): unknown {
  try {
    return parseToml((file === undefined ? undefined : readOptional(file)) ?? '');
  } catch {
    return undefined;
  }
}
