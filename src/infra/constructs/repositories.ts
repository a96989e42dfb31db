import { CfnDeletionPolicy, type CfnResource } from 'aws-cdk-lib';
import { CfnDomain, CfnPackageGroup, CfnRepository } from 'aws-cdk-lib/aws-codeartifact';
import { AccountPrincipal, AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { InfraOptions } from '../options.ts';
import { ownerOf } from '../resource-arns.ts';

/**
 * Adds the domain and its three repositories: pypi-store (external connection), package-install (upstream pypi-store)
 * and secure-pypi, which has neither. Existing ones stay unchanged.
 */
export function repositories(parent: Construct, options: InfraOptions, copyRoleArn: string): void {
  const scope = new Construct(parent, 'Repositories');
  const domain = options.existingDomain ? undefined : newDomain(scope, options);
  const created: CfnResource[] = domain === undefined ? [] : [domain];
  if (!options.existingRepositories) created.push(...newRepositories(scope, options, copyRoleArn, domain));
  if (options.packageGroups) originControls(scope, options, created);
  if (!options.keep) return;
  for (const { cfnOptions } of created) {
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
    description: 'Imports packages from PyPI on request. Only package-install reads it',
    externalConnections: ['public:pypi'],
  });
  const install = new CfnRepository(scope, 'Install', {
    ...common,
    repositoryName: installRepository,
    description: 'Imports releases during vetting. Only the vetting workflow reads it',
    upstreams: [storeRepository],
  });
  const secure = new CfnRepository(scope, 'Secure', {
    ...common,
    repositoryName: secureRepository,
    description: 'Vetted releases, for developers to install. No upstream, no external connection',
    permissionsPolicyDocument: securePolicy(options, copyRoleArn),
  });
  install.addResourceDependency(store);
  if (domain !== undefined) for (const repository of [store, secure]) repository.addResourceDependency(domain);
  return [store, install, secure];
}

/** Returns the policy of secure-pypi. Only the Copy function adds packages, even if other policies allow more. */
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
function allowReaders(accounts: readonly string[], actions: string[], asStatements: true): PolicyStatement[];
function allowReaders(accounts: readonly string[], actions: string[], asStatements = false) {
  const statement = new PolicyStatement({
    sid: 'OtherAccountsRead',
    principals: accounts.map((account) => new AccountPrincipal(account)),
    actions,
    // In the policy of a domain or repository, `*` means that domain or repository.
    resources: ['*'],
  });
  return asStatements ? [statement] : new PolicyDocument({ statements: [statement] });
}

/**
 * Adds package groups that control where versions of Python packages come from: from public repositories only into
 * pypi-store and package-install, from an upstream only into package-install, and by publishing into none. Internal
 * names never come from public repositories.
 *
 * https://docs.aws.amazon.com/codeartifact/latest/ug/package-group-origin-controls.html
 */
function originControls(scope: Construct, options: InfraOptions, dependencies: readonly CfnResource[]): void {
  const { domain: domainName, storeRepository, installRepository, internalNames } = options;
  const only = (...repositories: string[]) => ({ restrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES', repositories });
  const block = { restrictionMode: 'BLOCK' };
  const common = { domainName, domainOwner: ownerOf(scope, options) };
  const all = new CfnPackageGroup(scope, 'PythonPackages', {
    ...common,
    pattern: '/pypi/*',
    description: 'From public repositories only into the repositories of the vetting workflow',
    originConfiguration: {
      restrictions: {
        publish: block,
        externalUpstream: only(storeRepository, installRepository),
        internalUpstream: only(installRepository),
      },
    },
  });
  const internal = internalNames.map(
    (name) =>
      new CfnPackageGroup(scope, `Internal-${name.replace('~', '-all')}`, {
        ...common,
        pattern: `/pypi//${name}${name.endsWith('~') ? '' : '$'}`,
        description: 'Internal name: never imported from public repositories',
        originConfiguration: {
          restrictions: { publish: { restrictionMode: 'ALLOW' }, externalUpstream: block, internalUpstream: block },
        },
      }),
  );
  for (const group of [all, ...internal]) for (const resource of dependencies) group.addResourceDependency(resource);
  for (const group of internal) group.addResourceDependency(all);
}
