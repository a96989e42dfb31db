import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { functionNames } from '../../src/infra/function-names.ts';
import type { GivenOptions } from '../../src/infra/options.ts';
import { openStack, synthesize } from '../../src/infra/synthesize.ts';
import { eventPattern, vettingWorkflow } from '../../src/workflow/definition.ts';
import { taskNames } from '../../src/workflow/task-names.ts';
import { ofType, shown } from './reading.ts';
import { byCommand, standard, unusual } from './templates.ts';

test.each<[string, GivenOptions]>([
  ['standard', {}],
  ['by command', { ingest: 'ssm' }],
  ['nothing kept', { keep: false, trail: false, missingEvents: false }],
  [
    'own network',
    {
      vpcId: 'vpc-0a1b2c3d',
      subnetIds: ['subnet-0a1b2c3d'],
      availabilityZones: ['eu-west-1a'],
      securityGroupIds: ['sg-0a1b2c3d'],
      region: 'eu-west-1',
      account: '123456789012',
      internalNames: ['acme~'],
      readerAccounts: ['210987654321'],
    },
  ],
])('AwsSolutions finds nothing that is not explained (%s)', (_, given) => {
  const { app, stack } = openStack(given);
  const { violations } = new AwsSolutionsChecks(app).validateScope(stack);
  expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources.length])).toEqual([]);
});

test('the workflow is the very document that the local stack runs', () => {
  const [, { Properties }] = ofType(standard, 'AWS::StepFunctions::StateMachine')[0]!;
  const deployed = JSON.parse(shown(Properties.DefinitionString));
  const arnOf = new Map(
    taskNames.map((task) => {
      const [id] = ofType(standard, 'AWS::Lambda::Function').find(([one]) => one.startsWith(`${task}Function`))!;
      return [task, `<${id}.Arn>`];
    }),
  );
  expect(deployed).toEqual(vettingWorkflow((task) => arnOf.get(task)!));
});

test('executions are logged without what people asked for, traced, and watched', () => {
  const [, { Properties }] = ofType(standard, 'AWS::StepFunctions::StateMachine')[0]!;
  expect(Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
  expect(Properties.TracingConfiguration).toEqual({ Enabled: true });
  const alarms = ofType(standard, 'AWS::CloudWatch::Alarm').map(([, resource]) => resource.Properties.MetricName);
  for (const metric of ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionThrottled', 'StuckRequests']) {
    expect(alarms).toContain(metric);
  }
});

test('alarms speak to the topic that was named', () => {
  for (const [, { Properties }] of ofType(unusual, 'AWS::CloudWatch::Alarm')) {
    expect(Properties.AlarmActions).toEqual(['arn:aws:sns:eu-west-1:123456789012:alarms']);
  }
});

test('the table is recovered, encrypted, protected and forgets what may be forgotten', () => {
  const [, table] = ofType(standard, 'AWS::DynamoDB::Table')[0]!;
  expect(table).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      TableName: 'awspip',
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      DeletionProtectionEnabled: true,
    },
  });
});

test('what was vetted stays when the stack goes, unless it was said otherwise', () => {
  const kept = [
    'AWS::CodeArtifact::Domain',
    'AWS::CodeArtifact::Repository',
    'AWS::DynamoDB::Table',
    'AWS::S3::Bucket',
  ];
  const gone = synthesize({ keep: false });
  for (const type of kept) {
    for (const [, one] of ofType(standard, type)) expect([type, one.DeletionPolicy]).toEqual([type, 'Retain']);
    for (const [, one] of ofType(gone, type)) expect([type, one.DeletionPolicy ?? 'Delete']).toEqual([type, 'Delete']);
  }
});

test('every function is Node on arm64, traced, with logs that end, and told no secret', () => {
  const functions = ofType(standard, 'AWS::Lambda::Function');
  expect(functions).toHaveLength(functionNames.length);
  for (const [id, { Properties }] of functions) {
    expect([id, Properties.Runtime, Properties.Architectures]).toEqual([id, 'nodejs22.x', ['arm64']]);
    expect(Properties.TracingConfig).toEqual({ Mode: 'Active' });
    expect(Object.keys(Properties.LoggingConfig)).toEqual(['LogGroup']);
    const told = Object.keys(Properties.Environment.Variables);
    expect(
      told.filter((name) => /TOKEN|WEBHOOK|SECRET|KEY/.test(name) && !/_PARAMETER$|^POLICY_KEY$/.test(name)),
    ).toEqual([]);
  }
  for (const [id, { Properties }] of ofType(byCommand, 'AWS::Logs::LogGroup')) {
    expect([id, Properties.RetentionInDays]).toEqual([id, 90]);
  }
});

test('copies stay below the five a second that CodeArtifact takes', () => {
  const [, copy] = ofType(standard, 'AWS::Lambda::Function').find(([id]) => id.startsWith('CopyFunction'))!;
  expect(copy.Properties.ReservedConcurrentExecutions).toBe(2);
});

test('nothing is reserved where the account has nothing to reserve', () => {
  for (const [, { Properties }] of ofType(unusual, 'AWS::Lambda::Function')) {
    expect(Properties.ReservedConcurrentExecutions).toBeUndefined();
  }
});

test('buckets and queues take encrypted connections only, and nobody else', () => {
  const buckets = ofType(standard, 'AWS::S3::Bucket');
  expect(buckets).toHaveLength(2);
  for (const [, { Properties }] of buckets) {
    expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration).toHaveLength(1);
    expect(Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  }
  for (const type of ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy']) {
    for (const [, { Properties }] of ofType(standard, type)) {
      expect(JSON.stringify(Properties.PolicyDocument)).toContain('"aws:SecureTransport":"false"');
    }
  }
});

test('the policy file is an object with versions', () => {
  const policies = ofType(standard, 'AWS::S3::Bucket').filter(([id]) => id.startsWith('Policy'));
  expect(policies.map(([, { Properties }]) => Properties.VersioningConfiguration)).toEqual([{ Status: 'Enabled' }]);
});

const rules = ofType(standard, 'AWS::Events::Rule').map(([, { Properties }]) => Properties);

test('the 404 rule has the deployed pattern, and the state that read-only events need', () => {
  const rule = rules.find(({ EventPattern }) => EventPattern?.detail?.eventName !== undefined);
  expect(rule?.EventPattern).toEqual(eventPattern({ domain: 'awspip', repository: 'secure-pypi' }));
  expect(rule?.State).toBe('ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS');
});

test('every rule keeps what could not be delivered', () => {
  expect(rules).toHaveLength(4);
  for (const { Targets } of rules) expect(shown(Targets[0].DeadLetterConfig.Arn)).toMatch(/^<FailedEventsQueue/);
});

test('a trail of reads and writes is made, unless there is one', () => {
  const [, { Properties }] = ofType(standard, 'AWS::CloudTrail::Trail')[0]!;
  expect(Properties).toMatchObject({ IsLogging: true, EnableLogFileValidation: true });
  expect(Properties.EventSelectors).toEqual([{ IncludeManagementEvents: true, ReadWriteType: 'All' }]);
  expect(ofType(unusual, 'AWS::CloudTrail::Trail')).toEqual([]);
});

test('the firewall API takes signed requests only', () => {
  const urls = ofType(standard, 'AWS::Lambda::Url');
  expect(urls.map(([, { Properties }]) => Properties.AuthType)).toEqual(['AWS_IAM']);
  const open = ofType(standard, 'AWS::Lambda::Permission').filter(([, { Properties }]) => Properties.Principal === '*');
  expect(open).toEqual([]);
});

test('the instance has no way in, no public address, and no way out but through endpoints', () => {
  const [, { Properties }] = ofType(byCommand, 'AWS::EC2::Instance')[0]!;
  expect(JSON.stringify(Properties)).not.toContain('"AssociatePublicIpAddress":true');
  expect(Properties.KeyName).toBeUndefined();
  for (const type of ['AWS::EC2::InternetGateway', 'AWS::EC2::NatGateway', 'AWS::EC2::EIP']) {
    expect(ofType(byCommand, type)).toEqual([]);
  }
  const groups = ofType(byCommand, 'AWS::EC2::SecurityGroup').filter(([id]) => id.includes('InstanceGroup'));
  expect(groups.map(([, one]) => one.Properties.SecurityGroupIngress)).toEqual([undefined]);
  const [, template] = ofType(byCommand, 'AWS::EC2::LaunchTemplate')[0] ?? [];
  expect(template?.Properties.LaunchTemplateData.MetadataOptions.HttpTokens).toBe('required');
});

test('settings for people are told in one parameter and in outputs, no secret among them', () => {
  const [, { Properties }] = ofType(standard, 'AWS::SSM::Parameter')[0]!;
  expect(Properties.Name).toBe('/supply-chain-defender/settings');
  expect(JSON.parse(shown(Properties.Value))).toEqual({
    domain: 'awspip',
    'domain-owner': '<AWS::AccountId>',
    repository: 'secure-pypi',
    region: '<AWS::Region>',
    table: 'awspip',
    'state-machine': expect.stringMatching(/:stateMachine:supply-chain-defender-vetting$/),
  });
  expect(Object.keys(standard.Outputs)).toEqual(
    expect.arrayContaining([
      'Domain',
      'Repository',
      'StateMachine',
      'PackageCheckUrl',
      'DevelopersPolicy',
      'PolicyFile',
    ]),
  );
});

test('the dashboard shows requests, verdicts, time to SECURE, failures and throttles', () => {
  const [, { Properties }] = ofType(standard, 'AWS::CloudWatch::Dashboard')[0]!;
  const body = shown(Properties.DashboardBody);
  for (const title of ['Requests by end', 'Verdicts by level', 'Seconds to SECURE', 'Failures', 'Throttles']) {
    expect(body).toContain(title);
  }
});

test('no template comes near the limits of CloudFormation', () => {
  for (const template of [standard, byCommand, unusual]) {
    expect(Object.keys(template.Resources).length).toBeLessThan(300);
    expect(JSON.stringify(template).length).toBeLessThan(500_000);
  }
});
