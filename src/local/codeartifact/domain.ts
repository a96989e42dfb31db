import type { Authority } from '../authority.ts';
import { externalConnection, stackNames } from '../names.ts';
import { checkDomain, checkFormat, invalid, type Parameters, pageOf, repositoryOf } from './parameters.ts';

const { domain, owner, region } = stackNames;

const upstreams: Readonly<Record<string, readonly string[]>> = { [stackNames.install]: [stackNames.store] };
const descriptions: Readonly<Record<string, string>> = {
  [stackNames.secure]: 'Vetted packages',
  [stackNames.install]: 'Packages that are being vetted',
  [stackNames.store]: 'Packages from the public index',
};

/** Answers GetAuthorizationToken. The default is 12 hours, and so is 0, because there is no role session here. */
export function authorizationToken(parameters: Parameters, authority: Authority, now: number): unknown {
  checkDomain(parameters);
  const duration = Number(parameters.query.get('duration') ?? 43_200) || 43_200;
  if (!Number.isInteger(duration) || duration < 900 || duration > 43_200) {
    throw invalid('`duration` must be 0, or 900 to 43200 seconds');
  }
  const expiration = Math.floor(now / 1000) + duration;
  return { authorizationToken: authority.issueToken(expiration * 1000), expiration };
}

/** Answers GetRepositoryEndpoint. The endpoint ends in a slash and does not include `simple/`. */
export function repositoryEndpoint(parameters: Parameters, endpoint: string): unknown {
  const repository = repositoryOf(parameters);
  checkFormat(parameters);
  return { repositoryEndpoint: `${endpoint}/pypi/${repository}/` };
}

/** Answers DescribeDomain. */
export function describeDomain(parameters: Parameters, createdTime: number): unknown {
  checkDomain(parameters);
  return {
    domain: {
      name: domain,
      owner,
      arn: `arn:aws:codeartifact:${region}:${owner}:domain/${domain}`,
      status: 'Active',
      createdTime: createdTime / 1000,
      repositoryCount: 3,
    },
  };
}

function summary(name: string, createdTime: number): Readonly<Record<string, unknown>> {
  return {
    name,
    administratorAccount: owner,
    domainName: domain,
    domainOwner: owner,
    arn: `arn:aws:codeartifact:${region}:${owner}:repository/${domain}/${name}`,
    description: descriptions[name],
    createdTime: createdTime / 1000,
  };
}

/** Answers DescribeRepository. */
export function describeRepository(parameters: Parameters, createdTime: number): unknown {
  const name = repositoryOf(parameters);
  const connection = { externalConnectionName: externalConnection, packageFormat: 'pypi', status: 'Available' };
  return {
    repository: {
      ...summary(name, createdTime),
      upstreams: (upstreams[name] ?? []).map((repositoryName) => ({ repositoryName })),
      externalConnections: name === stackNames.store ? [connection] : [],
    },
  };
}

/** Answers ListRepositories and ListRepositoriesInDomain. */
export function listRepositories(parameters: Parameters, createdTime: number): unknown {
  if (parameters.query.has('domain')) checkDomain(parameters);
  const prefix = parameters.query.get('repository-prefix') ?? '';
  const names = Object.keys(descriptions)
    .filter((name) => name.startsWith(prefix))
    .sort();
  const { items, nextToken } = pageOf(parameters, names);
  return { repositories: items.map((name) => summary(name, createdTime)), nextToken };
}
