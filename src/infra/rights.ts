import type { FunctionName } from './function-names.ts';

/** What a right is about; `places.ts` knows the ARNs. */
export type ResourceKey =
  | 'table'
  | 'statusIndex'
  | 'domain'
  | 'secureRepository'
  | 'installRepository'
  | 'securePackages'
  | 'installPackages'
  | 'stateMachine'
  | 'executions'
  | 'policyBucket'
  | 'policyObject'
  | 'githubToken'
  | 'slackWebhook'
  | 'settings'
  | 'packageCheck'
  | 'fetchDocument'
  | 'instance'
  | 'anything';

/** Exact actions on exact places. */
export type Right = {
  readonly actions: readonly string[];
  readonly on: readonly ResourceKey[];
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why a place ends in, or is, a wildcard. */
  readonly because?: string;
};

const onTable = (...actions: string[]): Right => ({
  actions: actions.map((action) => `dynamodb:${action}`),
  on: ['table'],
});
const onIndex: Right = { actions: ['dynamodb:Query'], on: ['statusIndex'] };
const policyFile: readonly Right[] = [
  { actions: ['s3:GetObject'], on: ['policyObject'] },
  // Without it S3 answers 403 for a policy that was never put there, which then looks like a missing right.
  { actions: ['s3:ListBucket'], on: ['policyBucket'] },
];
const parameter = (resource: 'githubToken' | 'slackWebhook' | 'settings'): Right => ({
  actions: ['ssm:GetParameter'],
  on: [resource],
});
/** A repository's token. https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html */
const token: readonly Right[] = [
  { actions: ['codeartifact:GetAuthorizationToken'], on: ['domain'] },
  {
    actions: ['sts:GetServiceBearerToken'],
    on: ['anything'],
    condition: { StringEquals: { 'sts:AWSServiceName': 'codeartifact.amazonaws.com' } },
    because: 'the action has no resource; the condition binds it to CodeArtifact',
  },
];
const reads = (resource: 'secureRepository' | 'installRepository'): Right => ({
  actions: ['codeartifact:GetRepositoryEndpoint', 'codeartifact:ReadFromRepository'],
  on: [resource],
});
const anyPackage = 'a package has its own ARN, and which ones will be asked for is not known beforehand';
const releases = (resource: 'securePackages' | 'installPackages', ...actions: string[]): Right => ({
  actions: actions.map((action) => `codeartifact:${action}`),
  on: [resource],
  because: anyPackage,
});
const startVetting: Right = { actions: ['states:StartExecution'], on: ['stateMachine'] };

const ingestAnyhow: readonly Right[] = [
  onTable('BatchGetItem', 'Query', 'UpdateItem'),
  ...token,
  reads('installRepository'),
  releases('installPackages', 'DescribePackageVersion', 'ListPackageVersionAssets'),
];
const runCommand: readonly Right[] = [
  { actions: ['ssm:SendCommand'], on: ['fetchDocument', 'instance'] },
  {
    actions: ['ssm:GetCommandInvocation'],
    on: ['anything'],
    because: 'the action has no resource (Service Authorization Reference, Systems Manager)',
  },
];

/** What each function does, and so what it may. A test holds it against what the functions really call. */
export function functionRights(ingest: 'lambda' | 'ssm'): Readonly<Record<FunctionName, readonly Right[]>> {
  return {
    Claim: [onTable('GetItem', 'PutItem', 'UpdateItem')],
    Resolve: [
      onTable('BatchGetItem', 'BatchWriteItem', 'Query', 'UpdateItem'),
      ...policyFile,
      parameter('githubToken'),
    ],
    ClaimReleases: [onTable('BatchGetItem', 'Query', 'UpdateItem'), ...policyFile],
    Assess: [onTable('BatchGetItem', 'PutItem', 'Query', 'UpdateItem'), ...policyFile, parameter('githubToken')],
    Ingest: ingest === 'ssm' ? [...ingestAnyhow, ...runCommand] : ingestAnyhow,
    Copy: [
      onTable('BatchGetItem', 'UpdateItem'),
      { actions: ['codeartifact:ReadFromRepository'], on: ['installRepository'] },
      { actions: ['codeartifact:CopyPackageVersions'], on: ['secureRepository'] },
      releases('securePackages', 'CopyPackageVersions', 'DescribePackageVersion', 'ListPackageVersionAssets'),
      releases('installPackages', 'ListPackageVersionAssets'),
    ],
    Settle: [onTable('BatchGetItem', 'UpdateItem')],
    FailBatch: [onTable('BatchGetItem', 'Query', 'UpdateItem')],
    Review: [onTable('BatchGetItem', 'Query', 'UpdateItem')],
    Conclude: [onTable('BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem')],
    Notify: [onTable('GetItem', 'UpdateItem'), ...policyFile, parameter('slackWebhook')],
    Fail: [onTable('BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem')],
    PackageCheck: [...policyFile, parameter('githubToken')],
    Missing: [onTable('GetItem', 'UpdateItem'), startVetting],
    Imported: [onTable('GetItem'), startVetting],
    Recheck: [
      onTable('GetItem', 'PutItem', 'Query', 'UpdateItem'),
      onIndex,
      ...policyFile,
      parameter('slackWebhook'),
      releases('securePackages', 'UpdatePackageVersionsStatus'),
      startVetting,
    ],
  };
}

/** Installs: token, pages and files of secure-pypi, asking for vetting, and how it went. */
const installing: readonly Right[] = [
  ...token,
  reads('secureRepository'),
  onTable('BatchGetItem', 'GetItem', 'Query'),
  startVetting,
];
const developing: readonly Right[] = [...installing, onIndex, parameter('settings')];

/** Writing items of some keys, and of their attributes these alone: names of a condition count among them. */
const writing = (action: string, keys: string, attributes: readonly string[]): Right => ({
  actions: [`dynamodb:${action}`],
  on: ['table'],
  condition: {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] },
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', ...attributes] },
  },
});

/**
 * Approvals, and the requests that may be asked again because of them. No status of a release is among the attributes:
 * whoever approves declares nothing SECURE, and copies nothing.
 */
const approving: readonly Right[] = [
  writing('PutItem', 'pypi#*', [
    ...['id', 'name', 'specifier', 'kind', 'reason', 'owner', 'enteredBy', 'evenMalware', 'expiresAt', 'createdAt'],
  ]),
  writing('UpdateItem', 'request#*', ['execution', 'attempt', 'status', 'leaseUntil', 'reopened']),
];

/** What was asked of a request that ended, so that it is asked the same once more. */
const askingAgain: Right = {
  actions: ['states:DescribeExecution'],
  on: ['executions'],
  because: 'every execution has its own ARN, made from the request it vets',
};

/** Newer function URLs ask for both: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
const askingFirewall: readonly Right[] = [
  { actions: ['lambda:InvokeFunctionUrl'], on: ['packageCheck'] },
  {
    actions: ['lambda:InvokeFunction'],
    on: ['packageCheck'],
    condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  },
];

/** What people and pipelines may, as managed policies to attach. */
export const peopleRights = {
  Developers: developing,
  Pipelines: installing,
  Approvers: [...developing, ...approving, askingAgain, ...askingFirewall],
  Administrators: [
    ...developing,
    ...askingFirewall,
    {
      actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'],
      on: ['policyObject'],
    },
    { actions: ['s3:ListBucket', 's3:ListBucketVersions'], on: ['policyBucket'] },
    { actions: ['ssm:PutParameter', 'ssm:DeleteParameter'], on: ['githubToken', 'slackWebhook'] },
    releases('securePackages', 'DescribePackageVersion', 'UpdatePackageVersionsStatus'),
    { actions: ['states:ListExecutions'], on: ['stateMachine'] },
    {
      actions: ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:StopExecution'],
      on: ['executions'],
      because: 'every execution has its own ARN, made from the request it vets',
    },
  ],
} as const satisfies Record<string, readonly Right[]>;
