import { readFileSync } from 'node:fs';
import { homeFolder } from '../folders.ts';
import type { NetworkSettings, UpstreamConfiguration } from '../index/types.ts';
import { stackNames } from '../local/names.ts';
import { type PipConfiguration, readPipConfiguration } from '../pip/configuration.ts';
import { upstreamConfiguration } from '../pip/upstream-configuration.ts';
import type { ProcessContext } from './process-context.ts';

/** What this machine's own pip configuration says: where it would fetch from, and how it reaches the network. */
export type Machine = {
  readonly pip: PipConfiguration;
  readonly upstream: UpstreamConfiguration;
  readonly network: NetworkSettings;
};

export function readMachine({ environment }: ProcessContext): Machine {
  const pip = readPipConfiguration({
    environment: withoutOwnIndex(environment),
    home: homeFolder(),
    platform: process.platform,
    prefix: environment.VIRTUAL_ENV,
    readFile: readOrNothing,
  });
  const upstream = upstreamConfiguration(pip, process.cwd());
  const { indexUrls: _, findLinks: __, ...network } = upstream;
  return { pip, upstream, network };
}

/** Whoever has taken over `awspip local env` has the stack as pip's index: it must not become its own upstream. */
function withoutOwnIndex(environment: ProcessContext['environment']): ProcessContext['environment'] {
  const { PIP_INDEX_URL: indexUrl = '' } = environment;
  const url = URL.canParse(indexUrl) ? new URL(indexUrl) : undefined;
  const own =
    url?.hostname === '127.0.0.1' && url.username === 'aws' && url.pathname.includes(`/${stackNames.secure}/`);
  return own ? { ...environment, PIP_INDEX_URL: undefined } : environment;
}

/** A file's text; undefined for one that is not there or may not be read. */
export function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
