import { CfnDeletionPolicy, type CfnResource } from 'aws-cdk-lib';
import { CfnDomain, CfnPackageGroup, CfnRepository } from 'aws-cdk-lib/aws-codeartifact';
import { Construct } from 'constructs';
import type { AccessPolicies, OriginControls, Statement } from '../access-controls.ts';
import type { InfraOptions } from '../options.ts';
import { ownerOf } from '../resource-arns.ts';

/**
 * Adds the domain and its three repositories, unless they exist: pypi-store (external connection), package-install
 * (upstream pypi-store) and secure-pypi, which has neither. The function of access controls manages existing ones.
 */
export function repositories(
  parent: Construct,
  options: InfraOptions,
  policies: AccessPolicies,
  groups: readonly OriginControls[],
): void {
  const scope = new Construct(parent, 'Repositories');
  const domain = options.existingDomain ? undefined : newDomain(scope, options, policies.domain);
  const created: CfnResource[] = [
    ...(domain === undefined ? [] : [domain]),
    ...newRepositories(scope, options, policies, domain),
  ];
  if (!options.existingDomain) created.push(...packageGroups(scope, options, groups, created));
  if (options.keep) for (const resource of created) keepResource(resource);
}

/** Keeps a resource when the stack is deleted, but not when its first deployment is rolled back. */
export function keepResource({ cfnOptions }: CfnResource): void {
  cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
  cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
}

/** Returns statements as a policy document; undefined for none. */
const documentOf = (statements: readonly Statement[]): object | undefined =>
  statements.length === 0 ? undefined : { Version: '2012-10-17', Statement: statements };

function newDomain(scope: Construct, options: InfraOptions, statements: readonly Statement[]): CfnDomain {
  return new CfnDomain(scope, 'Domain', {
    domainName: options.domain,
    permissionsPolicyDocument: documentOf(statements),
    ...(options.kmsKeyArn === undefined ? {} : { encryptionKey: options.kmsKeyArn }),
  });
}

function newRepositories(
  scope: Construct,
  options: InfraOptions,
  policies: AccessPolicies,
  domain: CfnDomain | undefined,
): CfnRepository[] {
  const { domain: domainName, storeRepository, installRepository, secureRepository } = options;
  const common = { domainName, domainOwner: ownerOf(scope, options) };
  const store = options.existingStoreRepository
    ? undefined
    : new CfnRepository(scope, 'Store', {
        ...common,
        repositoryName: storeRepository,
        description: 'Imports packages from PyPI on request. Only package-install reads it',
        externalConnections: ['public:pypi'],
        permissionsPolicyDocument: documentOf(policies.store),
      });
  const install = options.existingInstallRepository
    ? undefined
    : new CfnRepository(scope, 'Install', {
        ...common,
        repositoryName: installRepository,
        description: 'Imports releases during vetting. Only the vetting workflow reads it',
        upstreams: [storeRepository],
        permissionsPolicyDocument: documentOf(policies.install),
      });
  const secure = options.existingSecureRepository
    ? undefined
    : new CfnRepository(scope, 'Secure', {
        ...common,
        repositoryName: secureRepository,
        description: 'Vetted releases, for developers to install. No upstream, no external connection',
        permissionsPolicyDocument: documentOf(policies.secure),
      });
  if (store !== undefined) install?.addResourceDependency(store);
  const created = [store, install, secure].filter((repository) => repository !== undefined);
  if (domain !== undefined) for (const repository of created) repository.addResourceDependency(domain);
  return created;
}

/** Adds the package groups of a new domain. */
function packageGroups(
  scope: Construct,
  options: InfraOptions,
  groups: readonly OriginControls[],
  dependencies: readonly CfnResource[],
): CfnPackageGroup[] {
  const restrictionOf = (names: readonly string[]) =>
    names.length === 0
      ? { restrictionMode: 'BLOCK' }
      : { restrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES', repositories: [...names] };
  const created = groups.map(
    ({ pattern, description, allowed }) =>
      new CfnPackageGroup(scope, idOf(pattern), {
        domainName: options.domain,
        domainOwner: ownerOf(scope, options),
        pattern,
        description,
        originConfiguration: {
          restrictions: {
            publish: restrictionOf(allowed.publish),
            externalUpstream: restrictionOf(allowed.externalUpstream),
            internalUpstream: restrictionOf(allowed.internalUpstream),
          },
        },
      }),
  );
  const [all, ...internal] = created;
  for (const group of created) for (const resource of dependencies) group.addResourceDependency(resource);
  if (all !== undefined) for (const group of internal) group.addResourceDependency(all);
  return created;
}

/** Returns a construct's id for a package group: `/pypi//acme~` → `Internal-acme-all`. */
function idOf(pattern: string): string {
  if (pattern === '/pypi/*') return 'PythonPackages';
  return `Internal-${pattern.replace('/pypi//', '').replace(/~$/, '-all').replace(/\$$/, '')}`;
}
