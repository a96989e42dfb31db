import type { FunctionName } from './function-names.ts';
import { entryOf } from './function-names.ts';
import { groupPatternOf, unlistedWords } from './index-options.ts';
import { globOf, packageGroupPattern } from './internal-names.ts';
import type { InfraOptions } from './options.ts';
import type { Permission, ResourceKey } from './permissions.ts';

/** One statement of a policy of CodeArtifact. */
export type Statement = {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: '*' | { readonly AWS: readonly string[] };
  readonly Action: readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
};

/** The beginning of the statements' ids, by which they are found in an existing policy. */
export const sidPrefix = 'Defender';

/** The policies of the domain and the three repositories. */
export type AccessPolicies = {
  readonly domain: readonly Statement[];
  readonly secure: readonly Statement[];
  readonly install: readonly Statement[];
  readonly store: readonly Statement[];
};

type Origin = 'publish' | 'externalUpstream' | 'internalUpstream';

/** The origin controls of a package group: for each origin the repositories that accept versions from it. */
export type OriginControls = {
  readonly pattern: string;
  readonly description: string;
  readonly allowed: Readonly<Record<Origin, readonly string[]>>;
};

/** What the policies name: accounts, and the permissions from which the roles follow. */
export type AccessFacts = {
  readonly options: InfraOptions;
  readonly partition: string;
  readonly account: string;
  /** The account that owns the domain. */
  readonly owner: string;
  readonly region: string;
  readonly permissions: Readonly<Record<string, readonly Permission[]>>;
};

/** The role of the function that puts these policies on existing repositories. */
export const controlsEntry = 'access-controls';
/** The role of the instance that fetches files, with `ingest=ssm`. */
export const fetcherEntry = 'fetcher';

/**
 * Returns a role's name. It depends only on the stack's name, so that the policy of a repository that outlives the stack
 * also names the role of the next deployment.
 */
export const roleName = ({ name }: Pick<InfraOptions, 'name'>, entry: string): string => `${name}-${entry}`;

/** The actions that change what a repository contains, where it gets packages from, or who may do so. */
const changes = [
  'AssociateExternalConnection',
  'DeletePackage',
  'DeletePackageVersions',
  'DeleteRepository',
  'DeleteRepositoryPermissionsPolicy',
  'DisassociateExternalConnection',
  'DisposePackageVersions',
  'PutPackageMetadata',
  'PutPackageOriginConfiguration',
  'PutRepositoryPermissionsPolicy',
  'UpdateRepository',
];
const additions = ['CopyPackageVersions', 'PublishPackageVersion'];

const actionsOf = (names: readonly string[]): string[] => names.map((name) => `codeartifact:${name}`);

/** Returns a statement that denies actions to everyone but these identities. */
function denyAllBut(
  sid: string,
  actions: readonly string[],
  identities: readonly string[],
  resources: Pick<Statement, 'Resource' | 'NotResource'> = { Resource: '*' },
): Statement {
  return {
    Sid: `${sidPrefix}${sid}`,
    Effect: 'Deny',
    Principal: '*',
    Action: actionsOf(actions),
    ...resources,
    // Names of identities, not their ids, so that the statement still names a role that was created again.
    ...(identities.length === 0 ? {} : { Condition: { ArnNotLike: { 'aws:PrincipalArn': identities } } }),
  };
}

/** Returns the policies of the domain and its repositories. */
export function accessPolicies(facts: AccessFacts): AccessPolicies {
  const { options } = facts;
  const workflowReads = options.denyReading
    ? [denyAllBut('OnlyTheWorkflowReads', ['GetPackageVersionAsset', 'ReadFromRepository'], readersOf(facts))]
    : [];
  // A repository with one of these as upstream would give its readers every package.
  const otherChanges = [...changes, 'AssociateWithDownstreamRepository', 'UpdatePackageVersionsStatus'];
  const unchangeable = (added: readonly string[]): Statement =>
    denyAllBut('OnlyTheDeploymentChanges', [...added, ...otherChanges].sort(), deployersOf(facts));
  return {
    domain: domainStatements(facts),
    secure: [
      ...additionStatements(facts),
      // UpdatePackageVersionsStatus isn't denied: Recheck and administrators archive releases with it.
      denyAllBut('OnlyTheDeploymentChanges', changes, deployersOf(facts)),
      ...readerStatements(options, ['GetRepositoryEndpoint', 'ReadFromRepository']),
    ],
    install:
      options.indexes.length === 0
        ? [...workflowReads, unchangeable(additions)]
        : [...workflowReads, unchangeable(['CopyPackageVersions']), ...transferStatements(facts)],
    store: [...workflowReads, unchangeable(additions)],
  };
}

/** Only the workflow copies, and only publishers publish, each only its own names. */
function additionStatements(facts: AccessFacts): Statement[] {
  const { options } = facts;
  const copiers = rolesThat(facts, 'codeartifact:CopyPackageVersions', 'secureRepository');
  const packages = { Resource: internalPackages(facts) };
  const neverCopied =
    packages.Resource.length === 0
      ? []
      : [denyAllBut('NobodyCopiesInternalNames', ['CopyPackageVersions'], [], packages)];
  if (options.publishers.length === 0) return [denyAllBut('OnlyTheWorkflowAdds', additions, copiers), ...neverCopied];
  return [
    denyAllBut('OnlyTheWorkflowAdds', additions, copiers, { NotResource: packages.Resource }),
    ...neverCopied,
    denyAllBut('OnlyPublishersPublish', ['PublishPackageVersion'], options.publishers, packages),
    allowPublishers('PublishersPublish', options, ['PublishPackageVersion'], packages),
  ];
}

/** Only the function that transfers releases of named indexes publishes to package-install, and only their names. */
function transferStatements(facts: AccessFacts): Statement[] {
  const listed = listedPackages(facts);
  const publish = ['PublishPackageVersion'];
  return [
    denyAllBut('OnlyListedNamesArePublished', publish, deployersOf(facts), { NotResource: listed }),
    denyAllBut(
      'OnlyTheWorkflowPublishes',
      publish,
      rolesThat(facts, 'codeartifact:PublishPackageVersion', 'listedPackages'),
      {
        Resource: listed,
      },
    ),
  ];
}

function allowPublishers(
  sid: string,
  { publishers }: InfraOptions,
  actions: readonly string[],
  resources: Pick<Statement, 'Resource'> = { Resource: '*' },
): Statement {
  return {
    Sid: `${sidPrefix}${sid}`,
    Effect: 'Allow',
    // A role as principal would be replaced by its id, which ends with the role.
    Principal: '*',
    Action: actionsOf(actions),
    ...resources,
    Condition: { ArnEquals: { 'aws:PrincipalArn': publishers } },
  };
}

function domainStatements({ options }: AccessFacts): Statement[] {
  const actions = ['GetAuthorizationToken'];
  return [
    ...readerStatements(options, actions),
    ...(options.publishers.length === 0 ? [] : [allowPublishers('PublishersGetTokens', options, actions)]),
  ];
}

function readerStatements(
  { readerAccounts, readerOrganization }: InfraOptions,
  actions: readonly string[],
): Statement[] {
  const common = { Effect: 'Allow', Action: actionsOf(actions), Resource: '*' } as const;
  return [
    ...(readerAccounts.length === 0
      ? []
      : [{ ...common, Sid: `${sidPrefix}AccountsRead`, Principal: { AWS: readerAccounts } }]),
    ...(readerOrganization === undefined
      ? []
      : [
          {
            ...common,
            Sid: `${sidPrefix}OrganizationReads`,
            Principal: '*' as const,
            Condition: { StringEquals: { 'aws:PrincipalOrgID': readerOrganization } },
          },
        ]),
  ];
}

/**
 * Returns the identities that may change repositories: the roles with which `cdk bootstrap` lets CloudFormation deploy,
 * the stack's own function for it, the administrators, and the root users, so that nobody is locked out forever.
 */
function deployersOf(facts: AccessFacts): string[] {
  const { options, partition, account, owner } = facts;
  const roots = [...new Set([account, owner])].map((id) => `arn:${partition}:iam::${id}:root`);
  return [
    `arn:${partition}:iam::${account}:role/cdk-*-cfn-exec-role-*`,
    roleArn(facts, controlsEntry),
    ...roots,
    ...options.administrators,
  ];
}

/** Returns the identities that read package-install. */
function readersOf(facts: AccessFacts): string[] {
  return [
    ...rolesThat(facts, 'codeartifact:ReadFromRepository', 'installRepository'),
    ...(facts.options.ingest === 'ssm' ? [roleArn(facts, fetcherEntry)] : []),
  ];
}

/** Returns the roles of the functions with a permission. */
function rolesThat(facts: AccessFacts, action: string, resource: ResourceKey): string[] {
  const names = Object.entries(facts.permissions)
    .filter(([, permissions]) =>
      permissions.some(({ actions, resources }) => actions.includes(action) && resources.includes(resource)),
    )
    .map(([name]) => roleArn(facts, entryOf(name as FunctionName)));
  return names.sort();
}

function roleArn({ options, partition, account }: AccessFacts, entry: string): string {
  return `arn:${partition}:iam::${account}:role/${roleName(options, entry)}`;
}

/** Returns the ARNs of the packages with internal names in secure-pypi. Python packages have an empty namespace. */
export function internalPackages({ options, partition, owner, region }: Omit<AccessFacts, 'permissions'>): string[] {
  const { domain, secureRepository, internalNames } = options;
  return internalNames.map(
    (name) =>
      `arn:${partition}:codeartifact:${region}:${owner}:package/${domain}/${secureRepository}/pypi//${globOf(name)}`,
  );
}

/** Returns the ARNs of the packages in package-install whose names have an index of their own. */
function listedPackages({ options, partition, owner, region }: AccessFacts): string[] {
  const { domain, installRepository, indexes } = options;
  const packages = `arn:${partition}:codeartifact:${region}:${owner}:package/${domain}/${installRepository}/pypi//`;
  return indexes.flatMap(({ names }) => names).map((name) => `${packages}${name}`);
}

/**
 * Returns package groups that control where versions of Python packages come from: from public repositories only into
 * pypi-store and package-install, from an upstream only into package-install, and by publishing only into secure-pypi,
 * whose policy decides who adds what. Internal names come from publishers only, and names of named indexes only by
 * publishing into package-install.
 *
 * https://docs.aws.amazon.com/codeartifact/latest/ug/package-group-origin-controls.html
 */
export function originControls(options: InfraOptions): readonly OriginControls[] {
  if (!options.packageGroups) return [];
  const { storeRepository, installRepository, secureRepository, internalNames, indexes } = options;
  const fromPublic = {
    description: 'From public repositories only into the repositories of the vetting workflow',
    allowed: {
      publish: [secureRepository],
      externalUpstream: [storeRepository, installRepository],
      internalUpstream: [installRepository],
    },
  };
  return [
    { pattern: '/pypi/*', ...fromPublic },
    ...internalNames.map((name) => ({
      pattern: packageGroupPattern(name),
      description: 'Internal name: never imported from public repositories',
      allowed: { publish: [secureRepository], externalUpstream: [], internalUpstream: [] },
    })),
    ...[...new Set(indexes.flatMap(({ names }) => names))].map((name) => ({
      pattern: groupPatternOf(name),
      description:
        'Name of another index: transferred by the vetting workflow, never imported from public repositories',
      allowed: { publish: [installRepository, secureRepository], externalUpstream: [], internalUpstream: [] },
    })),
    ...unlistedWords(indexes)
      .filter((word) => !internalNames.includes(word))
      .map((word) => ({ pattern: groupPatternOf(word), ...fromPublic })),
  ];
}
