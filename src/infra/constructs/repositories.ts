import { CfnDeletionPolicy, type CfnResource } from 'aws-cdk-lib';
import { CfnDomain, CfnPackageGroup, CfnRepository } from 'aws-cdk-lib/aws-codeartifact';
import { AccountPrincipal, AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { InfraOptions } from '../options.ts';
import { ownerOf } from '../repository-names.ts';

/**
 * The domain and its three repositories: pypi-store (external connection), package-install (upstream pypi-store) and
 * secure-pypi, which has neither. What exists already is left as it is.
 */
export function repositories(parent: Construct, options: InfraOptions, copyRoleArn: string): void {
  const scope = new Construct(parent, 'Repositories');
  const domain = options.existingDomain ? undefined : newDomain(scope, options);
  const made: CfnResource[] = domain === undefined ? [] : [domain];
  if (!options.existingRepositories) made.push(...newRepositories(scope, options, copyRoleArn, domain));
  if (options.packageGroups) originControls(scope, options, made);
  if (!options.keep) return;
  for (const { cfnOptions } of made) {
    cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN;
    cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  }
}

function newDomain(scope: Construct, { domain, readerAccounts }: InfraOptions): CfnDomain {
  return new CfnDomain(scope, 'Domain', {
    domainName: domain,
    ...(readerAccounts.length === 0
      ? {}
      : { permissionsPolicyDocument: allowReaders(readerAccounts, ['codeartifact:GetAuthorizationToken']) }),
  });
}

function newRepositories(
  scope: Construct,
  options: InfraOptions,
  copyRoleArn: string,
  domain: CfnDomain | undefined,
): CfnRepository[] {
  const { domain: domainName, storeRepository, installRepository, secureRepository } = options;
  const common = { domainName, domainOwner: ownerOf(scope, options) };
  const store = new CfnRepository(scope, 'Store', {
    ...common,
    repositoryName: storeRepository,
    description: 'All of PyPI, imported when asked for: read by package-install alone',
    externalConnections: ['public:pypi'],
  });
  const install = new CfnRepository(scope, 'Install', {
    ...common,
    repositoryName: installRepository,
    description: 'Where judged releases are brought in: read by the vetting workflow alone',
    upstreams: [storeRepository],
  });
  const secure = new CfnRepository(scope, 'Secure', {
    ...common,
    repositoryName: secureRepository,
    description: 'Vetted releases: what developers install from. No upstream, no external connection',
    permissionsPolicyDocument: securePolicy(options, copyRoleArn),
  });
  install.addResourceDependency(store);
  if (domain !== undefined) for (const one of [store, secure]) one.addResourceDependency(domain);
  return [store, install, secure];
}

/** Nobody but the workflow's copy adds to secure-pypi, whatever else the account's policies allow. */
function securePolicy({ readerAccounts }: InfraOptions, copyRoleArn: string): PolicyDocument {
  const document = new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'OnlyTheWorkflowAdds',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['codeartifact:CopyPackageVersions', 'codeartifact:PublishPackageVersion'],
        resources: ['*'],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': copyRoleArn } },
      }),
    ],
  });
  if (readerAccounts.length > 0) {
    document.addStatements(
      ...allowReaders(readerAccounts, ['codeartifact:GetRepositoryEndpoint', 'codeartifact:ReadFromRepository'], true),
    );
  }
  return document;
}

function allowReaders(accounts: readonly string[], actions: string[]): PolicyDocument;
function allowReaders(accounts: readonly string[], actions: string[], bare: true): PolicyStatement[];
function allowReaders(accounts: readonly string[], actions: string[], bare = false) {
  const statement = new PolicyStatement({
    sid: 'OtherAccountsRead',
    principals: accounts.map((account) => new AccountPrincipal(account)),
    actions,
    // In a policy of a domain or repository `*` is that domain or repository.
    resources: ['*'],
  });
  return bare ? [statement] : new PolicyDocument({ statements: [statement] });
}

/**
 * How versions may enter which repository, for every Python package: from outside into the two that fetch, from
 * upstream into package-install, by publishing nowhere. A company's own names never come from outside.
 *
 * https://docs.aws.amazon.com/codeartifact/latest/ug/package-group-origin-controls.html
 */
function originControls(scope: Construct, options: InfraOptions, made: readonly CfnResource[]): void {
  const { domain: domainName, storeRepository, installRepository, internalNames } = options;
  const only = (...repositories: string[]) => ({ restrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES', repositories });
  const block = { restrictionMode: 'BLOCK' };
  const common = { domainName, domainOwner: ownerOf(scope, options) };
  const all = new CfnPackageGroup(scope, 'PythonPackages', {
    ...common,
    pattern: '/pypi/*',
    description: 'From outside only into what the vetting workflow reads',
    originConfiguration: {
      restrictions: {
        publish: block,
        externalUpstream: only(storeRepository, installRepository),
        internalUpstream: only(installRepository),
      },
    },
  });
  const own = internalNames.map(
    (name) =>
      new CfnPackageGroup(scope, `Internal-${name.replace('~', '-all')}`, {
        ...common,
        pattern: `/pypi//${name}${name.endsWith('~') ? '' : '$'}`,
        description: "The company's own: nothing of this name comes from outside",
        originConfiguration: {
          restrictions: { publish: { restrictionMode: 'ALLOW' }, externalUpstream: block, internalUpstream: block },
        },
      }),
  );
  for (const group of [all, ...own]) for (const before of made) group.addResourceDependency(before);
  for (const group of own) group.addResourceDependency(all);
}
