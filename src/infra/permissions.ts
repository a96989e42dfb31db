import type { FunctionName } from './function-names.ts';

/** A resource that permissions name. `resource-arns.ts` has the ARNs. */
export type ResourceKey =
  | 'table'
  | 'statusIndex'
  | 'domain'
  | 'secureRepository'
  | 'installRepository'
  | 'existingRepositories'
  | 'packageGroups'
  | 'securePackages'
  | 'installPackages'
  | 'internalPackages'
  | 'listedPackages'
  | 'stateMachine'
  | 'executions'
  | 'policyBucket'
  | 'policyObject'
  | 'githubToken'
  | 'slackWebhook'
  | 'webhookSecret'
  | 'noticeTopic'
  | 'settings'
  | 'packageCheck'
  | 'fetchDocument'
  | 'instance'
  | 'failedEvents'
  | 'key'
  | 'anything';

/** Exact actions on exact resources. */
export type Permission = {
  readonly actions: readonly string[];
  readonly resources: readonly ResourceKey[];
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why a resource is a wildcard or ends in one. */
  readonly reason?: string;
};

const tableActions = (...actions: string[]): Permission => ({
  actions: actions.map((action) => `dynamodb:${action}`),
  resources: ['table'],
});
const queryIndex: Permission = { actions: ['dynamodb:Query'], resources: ['statusIndex'] };
const readPolicy: readonly Permission[] = [
  { actions: ['s3:GetObject'], resources: ['policyObject'] },
  // Without this permission S3 answers 403 instead of 404 when no policy file exists.
  { actions: ['s3:ListBucket'], resources: ['policyBucket'] },
  // The table remembers whether there was a policy file.
  tableActions('GetItem'),
];
const readParameter = (resource: 'githubToken' | 'slackWebhook' | 'webhookSecret' | 'settings'): Permission => ({
  actions: ['ssm:GetParameter'],
  resources: [resource],
});
/** To get a repository's token: https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html */
const bearerToken: readonly Permission[] = [
  { actions: ['codeartifact:GetAuthorizationToken'], resources: ['domain'] },
  {
    actions: ['sts:GetServiceBearerToken'],
    resources: ['anything'],
    condition: { StringEquals: { 'sts:AWSServiceName': 'codeartifact.amazonaws.com' } },
    reason: 'the action has no resource; the condition limits it to CodeArtifact',
  },
];
const readRepository = (resource: 'secureRepository' | 'installRepository'): Permission => ({
  actions: ['codeartifact:GetRepositoryEndpoint', 'codeartifact:ReadFromRepository'],
  resources: [resource],
});
const anyPackage = 'every package has its own ARN, and the requested packages are not known beforehand';
const packageActions = (resource: 'securePackages' | 'installPackages', ...actions: string[]): Permission => ({
  actions: actions.map((action) => `codeartifact:${action}`),
  resources: [resource],
  reason: anyPackage,
});
const startVetting: Permission = { actions: ['states:StartExecution'], resources: ['stateMachine'] };

/** To ask whether an execution runs, and to read the content of an ended request so that it can be requested again. */
const describeExecutions: Permission = {
  actions: ['states:DescribeExecution'],
  resources: ['executions'],
  reason: 'every execution has its own ARN, made from the request it vets',
};

const ingestPermissions: readonly Permission[] = [
  tableActions('BatchGetItem', 'Query', 'UpdateItem'),
  ...bearerToken,
  readRepository('installRepository'),
  packageActions('installPackages', 'DescribePackageVersion', 'ListPackageVersionAssets'),
];
/** To upload releases of named indexes. */
const publishPermissions: readonly Permission[] = [
  {
    actions: ['codeartifact:PublishPackageVersion'],
    resources: ['listedPackages'],
    reason: 'a listed name may be the beginning of several names',
  },
];
const runCommandPermissions: readonly Permission[] = [
  { actions: ['ssm:SendCommand'], resources: ['fetchDocument', 'instance'] },
  {
    actions: ['ssm:GetCommandInvocation'],
    resources: ['anything'],
    reason: 'the action has no resource (Service Authorization Reference, Systems Manager)',
  },
];

/** To send notices. */
const noticePermissions = (hasTopic: boolean): readonly Permission[] => [
  readParameter('slackWebhook'),
  readParameter('webhookSecret'),
  ...(hasTopic ? [{ actions: ['sns:Publish'], resources: ['noticeTopic'] } as const] : []),
];

/** Returns the permissions of each function. A test compares them with the calls that the functions make. */
export function functionPermissions(
  ingest: 'lambda' | 'ssm',
  { hasIndexes = false, hasTopic = false }: { readonly hasIndexes?: boolean; readonly hasTopic?: boolean } = {},
): Readonly<Record<FunctionName, readonly Permission[]>> {
  return {
    Decide: [
      tableActions('BatchGetItem', 'BatchWriteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
      describeExecutions,
      ...readPolicy,
      readParameter('githubToken'),
      // To resolve the company's own packages, which are in secure-pypi only.
      ...bearerToken,
      readRepository('secureRepository'),
      packageActions('securePackages', 'DescribePackageVersion', 'ListPackageVersions'),
    ],
    Ingest: [
      ...ingestPermissions,
      ...(ingest === 'ssm' ? runCommandPermissions : []),
      ...(hasIndexes ? publishPermissions : []),
    ],
    Inspect: [
      tableActions('BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
      ...readPolicy,
      ...bearerToken,
      readRepository('installRepository'),
    ],
    Copy: [
      tableActions('BatchGetItem', 'PutItem', 'Query', 'UpdateItem'),
      { actions: ['codeartifact:ReadFromRepository'], resources: ['installRepository'] },
      { actions: ['codeartifact:CopyPackageVersions'], resources: ['secureRepository'] },
      packageActions('securePackages', 'CopyPackageVersions', 'DescribePackageVersion', 'ListPackageVersionAssets'),
      packageActions('installPackages', 'DescribePackageVersion', 'ListPackageVersionAssets'),
    ],
    Notify: [tableActions('GetItem', 'UpdateItem'), ...readPolicy, ...noticePermissions(hasTopic)],
    PackageCheck: [...readPolicy, readParameter('githubToken')],
    Missing: [tableActions('GetItem', 'UpdateItem'), startVetting],
    Imported: [tableActions('GetItem'), startVetting],
    Recheck: [
      tableActions('GetItem', 'PutItem', 'Query', 'UpdateItem'),
      queryIndex,
      ...readPolicy,
      ...noticePermissions(hasTopic),
      packageActions('securePackages', 'UpdatePackageVersionsStatus'),
      startVetting,
    ],
  };
}

/** Returns the permissions of the function that puts policies and origin controls on what exists already. */
export function controlsPermissions(plan: {
  readonly repositories: boolean;
  readonly domain: boolean;
  readonly groups: boolean;
}): readonly Permission[] {
  const actions = (...names: string[]) => names.map((name) => `codeartifact:${name}`);
  const repositories: Permission = {
    actions: actions('DescribeRepository', 'GetRepositoryPermissionsPolicy', 'PutRepositoryPermissionsPolicy'),
    resources: ['existingRepositories'],
  };
  const domain: Permission = {
    actions: actions('GetDomainPermissionsPolicy', 'PutDomainPermissionsPolicy'),
    resources: ['domain'],
  };
  const groups: readonly Permission[] = [
    {
      actions: actions('CreatePackageGroup'),
      resources: ['anything'],
      reason: 'the action has no resource (Service Authorization Reference, CodeArtifact)',
    },
    {
      actions: actions('ListAllowedRepositoriesForGroup', 'UpdatePackageGroupOriginConfiguration'),
      resources: ['packageGroups'],
      reason: 'the encoding of patterns in ARNs of package groups is not documented',
    },
  ];
  return [
    ...(plan.repositories ? [repositories] : []),
    ...(plan.domain ? [domain] : []),
    ...(plan.groups ? groups : []),
  ];
}

/** To install: the token, pages and files of secure-pypi, a vetting request, and its records. */
const installPermissions: readonly Permission[] = [
  ...bearerToken,
  readRepository('secureRepository'),
  tableActions('BatchGetItem', 'GetItem', 'Query'),
  startVetting,
  describeExecutions,
];
const developerPermissions: readonly Permission[] = [...installPermissions, queryIndex, readParameter('settings')];

/** Returns a permission to write only these attributes of items with these keys. Attributes in conditions count too. */
const itemWrite = (action: string, keys: string, attributes: readonly string[]): Permission => ({
  actions: [`dynamodb:${action}`],
  resources: ['table'],
  condition: {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] },
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', ...attributes] },
  },
});

const auditAttributes = ['id', 'at', 'actor', 'kind', 'name', 'before', 'after'];

/**
 * To write approvals with their entries in the audit log, reopen requests, and archive what was denied. The attributes
 * exclude a release's status, so that approvers can't mark a release SECURE.
 */
const approvalPermissions: readonly Permission[] = [
  itemWrite('PutItem', 'pypi#*', [
    ...['id', 'name', 'specifier', 'kind', 'reason', 'owner', 'enteredBy', 'evenMalware', 'expiresAt', 'createdAt'],
  ]),
  itemWrite('PutItem', 'audit', auditAttributes),
  packageActions('securePackages', 'UpdatePackageVersionsStatus'),
  itemWrite('UpdateItem', 'request#*', ['execution', 'attempt', 'status', 'leaseUntil', 'reopened']),
];

/** Newer function URLs need both permissions: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
const callFirewall: readonly Permission[] = [
  { actions: ['lambda:InvokeFunctionUrl'], resources: ['packageCheck'] },
  {
    actions: ['lambda:InvokeFunction'],
    resources: ['packageCheck'],
    condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  },
];

/** To publish projects with internal names to secure-pypi, for the roles of the option `publishers`. */
export const publisherPermissions: readonly Permission[] = [
  ...bearerToken,
  { actions: ['codeartifact:GetRepositoryEndpoint'], resources: ['secureRepository'] },
  {
    actions: ['codeartifact:PublishPackageVersion'],
    resources: ['internalPackages'],
    reason: 'an internal name may be the beginning of several names',
  },
];

/** The permissions of people and pipelines, which the stack provides as managed policies. */
export const userPermissions = {
  Developers: developerPermissions,
  Pipelines: installPermissions,
  Approvers: [...developerPermissions, ...approvalPermissions, ...callFirewall],
  Administrators: [
    ...developerPermissions,
    ...callFirewall,
    {
      actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'],
      resources: ['policyObject'],
    },
    { actions: ['s3:ListBucket', 's3:ListBucketVersions'], resources: ['policyBucket'] },
    {
      actions: ['ssm:PutParameter', 'ssm:DeleteParameter'],
      resources: ['githubToken', 'slackWebhook', 'webhookSecret'],
    },
    itemWrite('PutItem', 'policy-switch', ['mode', 'until', 'reason', 'by', 'at']),
    itemWrite('PutItem', 'audit', auditAttributes),
    packageActions('securePackages', 'DescribePackageVersion', 'UpdatePackageVersionsStatus'),
    {
      actions: ['cloudtrail:DescribeTrails', 'cloudtrail:GetEventSelectors', 'cloudtrail:GetTrailStatus'],
      resources: ['anything'],
      reason: 'an organization has its trails in other accounts and regions',
    },
    { actions: ['states:DescribeStateMachine', 'states:ListExecutions'], resources: ['stateMachine'] },
    {
      actions: ['states:GetExecutionHistory', 'states:StopExecution'],
      resources: ['executions'],
      reason: 'every execution has its own ARN, made from the request it vets',
    },
  ],
} as const satisfies Record<string, readonly Permission[]>;
