import type { Authority } from '../authority.ts';
import { externalConnection, stackNames } from '../names.ts';
import { arnOf } from './arns.ts';
import { checkFormat, invalid, type Parameters, pageOf, repositoryOf } from './parameters.ts';

const { owner } = stackNames;

const upstreams: Readonly<Record<string, readonly string[]>> = { [stackNames.install]: [stackNames.store] };
const descriptions: Readonly<Record<string, string>> = {
  [stackNames.secure]: 'Vetted packages',
  [stackNames.install]: 'Packages that are being vetted',
  [stackNames.store]: 'Packages from the public index',
};

/** Answers GetAuthorizationToken. The default is 12 hours, and so is 0, because there is no role session here. */
export function authorizationToken(parameters: Parameters, domain: string, authority: Authority, now: number): unknown {
  const duration = Number(parameters.query.get('duration') ?? 43_200) || 43_200;
  if (!Number.isInteger(duration) || duration < 900 || duration > 43_200) {
    throw invalid('`duration` must be 0, or 900 to 43200 seconds');
  }
  const expiration = Math.floor(now / 1000) + duration;
  return { authorizationToken: authority.issueToken(domain, expiration * 1000), expiration };
}

/**
 * Answers GetRepositoryEndpoint. The endpoint ends in a slash and does not include `simple/`. Its path names the domain,
 * as that of an interface VPC endpoint does, because every domain has the same host.
 */
export function repositoryEndpoint(parameters: Parameters, domain: string, endpoint: string): unknown {
  const repository = repositoryOf(parameters);
  checkFormat(parameters);
  return { repositoryEndpoint: `${endpoint}/pypi/d/${domain}-${owner}/${repository}/` };
}

/** Answers ListDomains. */
export function listDomains(
  parameters: Parameters,
  domains: readonly { readonly name: string; readonly createdTime: number }[],
): unknown {
  const { maxResults, nextToken: token } = parameters.body;
  const query = new URLSearchParams();
  if (maxResults !== undefined && maxResults !== null) query.set('max-results', String(maxResults));
  if (typeof token === 'string') query.set('next-token', token);
  const { items, nextToken } = pageOf({ ...parameters, query }, domains);
  const summaries = items.map(({ name, createdTime }) => ({
    ...{ name, owner, arn: arnOf('domain', name), status: 'Active', createdTime: createdTime / 1000 },
  }));
  return { domains: summaries, nextToken };
}

/** Answers DescribeDomain. */
export function describeDomain(domain: string, createdTime: number): unknown {
  return {
    domain: {
      name: domain,
      owner,
      arn: arnOf('domain', domain),
      status: 'Active',
      createdTime: createdTime / 1000,
      repositoryCount: 3,
    },
  };
}

function summary(domain: string, name: string, createdTime: number): Readonly<Record<string, unknown>> {
  return {
    name,
    administratorAccount: owner,
    domainName: domain,
    domainOwner: owner,
    arn: arnOf('repository', `${domain}/${name}`),
    description: descriptions[name],
    createdTime: createdTime / 1000,
  };
}

/** Answers DescribeRepository. */
export function describeRepository(parameters: Parameters, domain: string, createdTime: number): unknown {
  const name = repositoryOf(parameters);
  const connection = { externalConnectionName: externalConnection, packageFormat: 'pypi', status: 'Available' };
  return {
    repository: {
      ...summary(domain, name, createdTime),
      upstreams: (upstreams[name] ?? []).map((repositoryName) => ({ repositoryName })),
      externalConnections: name === stackNames.store ? [connection] : [],
    },
  };
}

/** Answers ListRepositories and ListRepositoriesInDomain with the repositories of these domains. */
export function listRepositories(
  parameters: Parameters,
  domains: readonly { readonly name: string; readonly createdTime: number }[],
): unknown {
  const prefix = parameters.query.get('repository-prefix') ?? '';
  const names = Object.keys(descriptions)
    .filter((name) => name.startsWith(prefix))
    .sort();
  const all = domains.flatMap(({ name, createdTime }) =>
    names.map((repository) => summary(name, repository, createdTime)),
  );
  const { items, nextToken } = pageOf(parameters, all);
  return { repositories: items, nextToken };
}
