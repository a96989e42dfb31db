import { expect, test } from 'vitest';
import { functionNames } from '../../src/infra/function-names.ts';
import { functionRights, peopleRights, type Right } from '../../src/infra/rights.ts';
import type { Template } from '../../src/infra/synthesize.ts';
import { ofType, statements } from './reading.ts';
import { byCommand, standard, unusual } from './templates.ts';

const templates: [string, Template][] = [
  ['standard', standard],
  ['by command', byCommand],
  ['unusual', unusual],
];

test.each(templates)('no policy allows an action by wildcard (%s)', (_, template) => {
  const wild = statements(template).flatMap(({ where, actions, effect }) =>
    effect === 'Allow' ? actions.filter((action) => action.includes('*')).map((action) => `${where}: ${action}`) : [],
  );
  expect(wild).toEqual([]);
});

/** Every wildcard that is left, and why it can be no narrower. A new one fails the test below. */
const remaining: readonly { readonly resource: RegExp; readonly actions: RegExp; readonly because: string }[] = [
  {
    resource: /^\*$/,
    actions: /^xray:(PutTelemetryRecords|PutTraceSegments|GetSamplingRules|GetSamplingTargets)$/,
    because: 'X-Ray has no resources',
  },
  {
    resource: /^\*$/,
    actions: /^logs:\w+(LogDelivery|LogDeliveries|ResourcePolicy|ResourcePolicies|LogGroups)$/,
    because: "Step Functions' delivery of logs has no resources",
  },
  { resource: /^\*$/, actions: /^sts:GetServiceBearerToken$/, because: 'no resource; bound by condition' },
  { resource: /^\*$/, actions: /^ssm:GetCommandInvocation$/, because: 'no resource' },
  {
    resource: /^\*$/,
    actions: /^(ec2messages|ssmmessages):\w+$|^ssm:UpdateInstanceInformation$/,
    because: "the agent's channels have no resources",
  },
  {
    resource: /^\*$/,
    actions:
      /^ec2:(Assign|Unassign)PrivateIpAddresses$|^ec2:(Create|Delete|Describe)NetworkInterfaces?$|^ec2:DescribeSubnets$/,
    because: 'interfaces of functions are made before their ARNs are known',
  },
  {
    resource: /:package\/awspip\/(secure-pypi|package-install)\/pypi\/\*$/,
    actions:
      /^codeartifact:(DescribePackageVersion|ListPackageVersionAssets|CopyPackageVersions|UpdatePackageVersionsStatus)$/,
    because: 'every package has its own ARN',
  },
  {
    resource: /:execution:supply-chain-defender-vetting:\*$/,
    actions: /^states:(DescribeExecution|GetExecutionHistory|StopExecution)$/,
    because: 'every execution has its own ARN',
  },
];

test.each(templates)('no resource is a wildcard that could be narrower (%s)', (_, template) => {
  const strays = statements(template)
    // A policy of a resource speaks of that resource; denials are as wide as they can be on purpose.
    .filter(({ effect, principal }) => effect === 'Allow' && principal === undefined)
    .flatMap(({ where, actions, resources }) =>
      resources
        .filter((resource) => resource.includes('*'))
        .flatMap((resource) => actions.map((action) => ({ where, action, resource })))
        .filter(
          ({ action, resource }) => !remaining.some((one) => one.resource.test(resource) && one.actions.test(action)),
        ),
    );
  expect(strays).toEqual([]);
});

test('a bearer token is had for CodeArtifact alone', () => {
  const tokens = statements(byCommand).filter(({ actions }) => actions.includes('sts:GetServiceBearerToken'));
  expect(tokens.length).toBeGreaterThan(3);
  for (const { condition } of tokens) {
    expect(condition).toEqual({ StringEquals: { 'sts:AWSServiceName': 'codeartifact.amazonaws.com' } });
  }
});

test('the workflow may call its own functions and nothing else', () => {
  const calls = statements(standard).filter(
    ({ actions, where }) => where.startsWith('VettingRole') && actions.includes('lambda:InvokeFunction'),
  );
  const definition = JSON.stringify(ofType(standard, 'AWS::StepFunctions::StateMachine')[0]?.[1].Properties);
  const called = calls.flatMap(({ resources }) => resources);
  expect(called).toHaveLength(12);
  for (const arn of called) expect(definition).toContain(arn.slice(1, arn.indexOf('.')));
});

test('developers read secure-pypi and records, and start the workflow; they write nothing', () => {
  const actions = (peopleRights.Developers as readonly Right[]).flatMap((right) => right.actions);
  expect([...actions].sort()).toEqual([
    'codeartifact:GetAuthorizationToken',
    'codeartifact:GetRepositoryEndpoint',
    'codeartifact:ReadFromRepository',
    'dynamodb:BatchGetItem',
    'dynamodb:GetItem',
    'dynamodb:Query',
    'dynamodb:Query',
    'ssm:GetParameter',
    'states:StartExecution',
    'sts:GetServiceBearerToken',
  ]);
  const arns = (peopleRights.Developers as readonly Right[]).flatMap((right) => right.on);
  expect(arns).not.toContain('installRepository');
});

test('whoever approves writes approvals and opens requests again, and no status of a release', () => {
  const writes = (peopleRights.Approvers as readonly Right[]).filter(({ actions }) =>
    actions.some((action) => /^dynamodb:(Put|Update|Delete|BatchWrite)/.test(action)),
  );
  const shapes = writes.map(({ actions, condition = {} }) => ({
    actions,
    keys: condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'],
    status: condition['ForAllValues:StringEquals']?.['dynamodb:Attributes']?.includes('status'),
  }));
  expect(shapes).toEqual([
    { actions: ['dynamodb:PutItem'], keys: ['pypi#*'], status: false },
    { actions: ['dynamodb:UpdateItem'], keys: ['request#*'], status: true },
  ]);
});

test('whoever approves sees what a refused request was asked, and stops nothing', () => {
  const rights = (peopleRights.Approvers as readonly Right[]).filter(({ on }) => on.includes('executions'));
  expect(rights.map(({ actions }) => actions)).toEqual([['states:DescribeExecution']]);
});

test('every wildcard among the rights says why', () => {
  const all = [functionRights('lambda'), functionRights('ssm'), peopleRights].flatMap((table) =>
    Object.values(table).flat(),
  );
  for (const right of all as Right[]) {
    const isWild = right.on.some((resource) => /^(anything|executions|\w+Packages)$/.test(resource));
    expect([right.actions, right.because !== undefined]).toEqual([right.actions, isWild]);
  }
});

test('only functions that events call put what failed into the queue', () => {
  const putting = statements(standard).filter(
    ({ actions, principal }) => actions.includes('sqs:SendMessage') && principal === undefined,
  );
  expect(putting.map(({ where }) => where.replace(/Role.*/, '')).sort()).toEqual(['Imported', 'Missing', 'Recheck']);
});

test('each function has a role of its own', () => {
  const roles = ofType(standard, 'AWS::Lambda::Function').map(([, { Properties }]) => JSON.stringify(Properties.Role));
  expect(new Set(roles).size).toBe(functionNames.length);
});
