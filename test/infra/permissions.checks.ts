import { expect, test } from 'vitest';
import { functionNames } from '../../src/infra/function-names.ts';
import {
  controlsPermissions,
  functionPermissions,
  type Permission,
  publisherPermissions,
  userPermissions,
} from '../../src/infra/permissions.ts';
import type { Template } from '../../src/infra/synthesize.ts';
import { ofType, statements } from './template-reader.ts';
import { byCommand, company, returned, standard, unusual } from './templates.ts';

const templates: [string, Template][] = [
  ['standard', standard],
  ['by command', byCommand],
  ['unusual', unusual],
  ['company', company],
  ['returned', returned],
];

test.each(templates)('no policy allows an action by wildcard (%s)', (_, template) => {
  const wildcards = statements(template).flatMap(({ owner, actions, effect }) =>
    effect === 'Allow' ? actions.filter((action) => action.includes('*')).map((action) => `${owner}: ${action}`) : [],
  );
  expect(wildcards).toEqual([]);
});

/** The necessary wildcards, each with the reason. Any other wildcard fails the test below. */
const necessary: readonly { readonly resource: RegExp; readonly actions: RegExp; readonly reason: string }[] = [
  {
    resource: /^\*$/,
    actions: /^xray:(PutTelemetryRecords|PutTraceSegments|GetSamplingRules|GetSamplingTargets)$/,
    reason: 'X-Ray has no resources',
  },
  {
    resource: /^\*$/,
    actions: /^logs:\w+(LogDelivery|LogDeliveries|ResourcePolicy|ResourcePolicies|LogGroups)$/,
    reason: "Step Functions' delivery of logs has no resources",
  },
  { resource: /^\*$/, actions: /^sts:GetServiceBearerToken$/, reason: 'no resource; bound by condition' },
  { resource: /^\*$/, actions: /^ssm:GetCommandInvocation$/, reason: 'no resource' },
  {
    resource: /^\*$/,
    actions: /^(ec2messages|ssmmessages):\w+$|^ssm:UpdateInstanceInformation$/,
    reason: "the agent's channels have no resources",
  },
  {
    resource: /^\*$/,
    actions:
      /^ec2:(Assign|Unassign)PrivateIpAddresses$|^ec2:(Create|Delete|Describe)NetworkInterfaces?$|^ec2:DescribeSubnets$/,
    reason: 'interfaces of functions are made before their ARNs are known',
  },
  {
    resource: /:package\/awspip\/(secure-pypi|package-install)\/pypi\/\*$/,
    actions:
      /^codeartifact:(DescribePackageVersion|ListPackageVersions|ListPackageVersionAssets|CopyPackageVersions|UpdatePackageVersionsStatus)$/,
    reason: 'every package has its own ARN',
  },
  {
    resource: /^<\w+Function\w+\.Arn>:\*$/,
    actions: /^lambda:InvokeFunction$/,
    reason: 'a running execution calls the versions with which it began',
  },
  {
    resource: /^\*$/,
    actions: /^cloudtrail:(DescribeTrails|GetEventSelectors|GetTrailStatus)$/,
    reason: 'an organization has its trails in other accounts and regions',
  },
  {
    resource: /^\*$/,
    actions: /^codeartifact:CreatePackageGroup$/,
    reason: 'no resource',
  },
  {
    resource: /:package-group\/awspip\*$/,
    actions: /^codeartifact:(ListAllowedRepositoriesForGroup|UpdatePackageGroupOriginConfiguration)$/,
    reason: 'the encoding of patterns in ARNs is not documented',
  },
  {
    resource: /:package\/awspip\/secure-pypi\/pypi\/\/acme\*$/,
    actions: /^codeartifact:PublishPackageVersion$/,
    reason: 'an internal name may be the beginning of several names',
  },
  {
    resource: /:execution:supply-chain-defender-vetting:\*$/,
    actions: /^states:(DescribeExecution|GetExecutionHistory|StopExecution)$/,
    reason: 'every execution has its own ARN',
  },
];

test.each(templates)('every wildcard resource is necessary (%s)', (_, template) => {
  const unnecessary = statements(template)
    // A resource policy applies to its own resource only, and denials are wide on purpose.
    .filter(({ effect, principal }) => effect === 'Allow' && principal === undefined)
    .flatMap(({ owner, actions, resources }) =>
      resources
        .filter((resource) => resource.includes('*'))
        .flatMap((resource) => actions.map((action) => ({ owner, action, resource })))
        .filter(
          ({ action, resource }) =>
            !necessary.some((exception) => exception.resource.test(resource) && exception.actions.test(action)),
        ),
    );
  expect(unnecessary).toEqual([]);
});

test('bearer tokens are only for CodeArtifact', () => {
  const tokens = statements(byCommand).filter(({ actions }) => actions.includes('sts:GetServiceBearerToken'));
  expect(tokens.length).toBeGreaterThan(3);
  for (const { condition } of tokens) {
    expect(condition).toEqual({ StringEquals: { 'sts:AWSServiceName': 'codeartifact.amazonaws.com' } });
  }
});

test('the workflow can call only its own functions', () => {
  const calls = statements(standard).filter(
    ({ actions, owner }) => owner.startsWith('VettingRole') && actions.includes('lambda:InvokeFunction'),
  );
  const definition = JSON.stringify(ofType(standard, 'AWS::StepFunctions::StateMachine')[0]?.[1].Properties);
  const called = ofType(standard, 'AWS::Lambda::Version')
    .filter(([version]) => definition.includes(version))
    .map(([, { Properties }]) => `<${Properties.FunctionName.Ref}.Arn>:*`);
  expect(calls.flatMap(({ resources }) => resources).sort()).toEqual(called.sort());
});

test('developers can read secure-pypi and records and start the workflow, but write nothing', () => {
  const actions = (userPermissions.Developers as readonly Permission[]).flatMap((permission) => permission.actions);
  expect([...actions].sort()).toEqual([
    'codeartifact:GetAuthorizationToken',
    'codeartifact:GetRepositoryEndpoint',
    'codeartifact:ReadFromRepository',
    'dynamodb:BatchGetItem',
    'dynamodb:GetItem',
    'dynamodb:Query',
    'dynamodb:Query',
    'ssm:GetParameter',
    'states:DescribeExecution',
    'states:StartExecution',
    'sts:GetServiceBearerToken',
  ]);
  const arns = (userPermissions.Developers as readonly Permission[]).flatMap((permission) => permission.resources);
  expect(arns).not.toContain('installRepository');
});

test("approvers can write approvals and audit entries and reopen requests, but not change a release's status", () => {
  const writes = (userPermissions.Approvers as readonly Permission[]).filter(({ actions }) =>
    actions.some((action) => /^dynamodb:(Put|Update|Delete|BatchWrite)/.test(action)),
  );
  const shapes = writes.map(({ actions, condition = {} }) => ({
    actions,
    keys: condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'],
    status: condition['ForAllValues:StringEquals']?.['dynamodb:Attributes']?.includes('status'),
  }));
  expect(shapes).toEqual([
    { actions: ['dynamodb:PutItem'], keys: ['pypi#*'], status: false },
    { actions: ['dynamodb:PutItem'], keys: ['audit'], status: false },
    { actions: ['dynamodb:UpdateItem'], keys: ['request#*'], status: true },
  ]);
});

test('developers and approvers can read the content of a request, but not stop its execution', () => {
  const permissions = (userPermissions.Approvers as readonly Permission[]).filter(({ resources }) =>
    resources.includes('executions'),
  );
  expect(permissions.map(({ actions }) => actions)).toEqual([['states:DescribeExecution']]);
});

test('every wildcard among the permissions has a reason', () => {
  const tables = [functionPermissions('lambda'), functionPermissions('ssm'), userPermissions];
  const all = [
    ...tables.flatMap((table) => Object.values(table).flat()),
    ...publisherPermissions,
    ...controlsPermissions({ repositories: true, domain: true, groups: true }),
  ];
  for (const permission of all as Permission[]) {
    const isWild = permission.resources.some((resource) =>
      /^(anything|executions|packageGroups|\w+Packages)$/.test(resource),
    );
    expect([permission.actions, permission.reason !== undefined]).toEqual([permission.actions, isWild]);
  }
});

test('only functions with event triggers can send failed events to the queue', () => {
  const putting = statements(standard).filter(
    ({ actions, principal }) => actions.includes('sqs:SendMessage') && principal === undefined,
  );
  expect(putting.map(({ owner }) => owner.replace(/Role.*/, '')).sort()).toEqual(['Imported', 'Missing', 'Recheck']);
});

test('only the functions that send notices can publish to the topic of the option', () => {
  const publishing = (template: Template) =>
    statements(template).filter(({ actions, principal }) => actions.includes('sns:Publish') && principal === undefined);
  expect(publishing(standard)).toEqual([]);
  expect(publishing(unusual).map(({ owner, resources }) => [owner.replace(/Role.*/, ''), resources])).toEqual([
    ['Notify', ['arn:aws:sns:eu-west-1:123456789012:notices']],
    ['Recheck', ['arn:aws:sns:eu-west-1:123456789012:notices']],
  ]);
});

test('each function has its own role', () => {
  const roles = ofType(standard, 'AWS::Lambda::Function').map(([, { Properties }]) => JSON.stringify(Properties.Role));
  expect(new Set(roles).size).toBe(functionNames.length);
});
