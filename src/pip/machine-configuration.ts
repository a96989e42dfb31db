import { readFileSync } from 'node:fs';
import { homeFolder } from '../folders.ts';
import type { NetworkSettings, UpstreamConfiguration } from '../index/types.ts';
import type { ProcessContext } from '../process-context.ts';
import { type PipConfiguration, readPipConfiguration } from './configuration.ts';
import { credentialSources } from './credential-sources.ts';
import { readBeforeEnforcement } from './enforced-configuration.ts';
import { upstreamConfiguration } from './upstream-configuration.ts';

/** The pip configuration of this machine: its indexes and its network settings. */
export type MachineConfiguration = {
  readonly pip: PipConfiguration;
  readonly upstream: UpstreamConfiguration;
  readonly network: NetworkSettings;
};

type Environment = ProcessContext['environment'];

/** Reads the pip configuration of this machine. */
export function readMachineConfiguration({ environment }: Pick<ProcessContext, 'environment'>): MachineConfiguration {
  const pip = readPipConfiguration({
    environment: withoutLocalStack(environment),
    home: homeFolder(),
    platform: process.platform,
    prefix: environment.VIRTUAL_ENV,
    readFile: readBeforeEnforcement(readOptional),
  });
  const { indexUrls, findLinks, ...network } = upstreamConfiguration(pip, process.cwd());
  const sources = credentialSources(pip, { environment, home: homeFolder() });
  return { pip, upstream: { indexUrls, findLinks, ...network, ...sources }, network };
}

/** Returns pip's network settings. Without certificates of pip's own, uses those of the AWS tools. */
export function repositoryNetwork(context: Pick<ProcessContext, 'environment'>): NetworkSettings {
  const { network } = readMachineConfiguration(context);
  const caFile = network.caFile ?? (context.environment.AWS_CA_BUNDLE || undefined);
  return caFile === undefined ? network : { ...network, caFile };
}

/** The variables of pip that `awspip local env` replaces, and those in which it keeps their former values. */
export const upstreamVariables = {
  PIP_INDEX_URL: 'AWSPIP_UPSTREAM_INDEX_URL',
  PIP_TRUSTED_HOST: 'AWSPIP_UPSTREAM_TRUSTED_HOST',
} as const;

/** After `eval "$(awspip local env)"` pip's index is the local stack, which must not become its own upstream. */
export function withoutLocalStack(environment: Environment): Environment {
  const { PIP_INDEX_URL: indexUrl = '' } = environment;
  const url = URL.canParse(indexUrl) ? new URL(indexUrl) : undefined;
  const isLocalStack =
    url?.hostname === '127.0.0.1' && url.username === 'aws' && url.pathname.includes('/secure-pypi/');
  if (!isLocalStack) return environment;
  const former = Object.entries(upstreamVariables).map(([name, kept]) => [name, environment[kept] || undefined]);
  return { ...environment, ...Object.fromEntries(former) };
}

/** Returns a file's text, or undefined if the file does not exist or is not readable. */
export function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
