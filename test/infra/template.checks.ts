import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { functionNames, functionOfTask, taskFunctions } from '../../src/infra/function-names.ts';
import type { OptionInput } from '../../src/infra/options.ts';
import { openStack, type Resource, synthesize } from '../../src/infra/synthesize.ts';
import { eventPattern, vettingWorkflow } from '../../src/workflow/definition.ts';
import { taskNames } from '../../src/workflow/task-names.ts';
import { ofType, statements, textOf } from './template-reader.ts';
import { byCommand, company, returned, standard, unusual } from './templates.ts';

test.each<[string, OptionInput]>([
  ['standard', {}],
  ['by command', { ingest: 'ssm' }],
  ['nothing retained', { keep: false, trail: true, missingEvents: false }],
  [
    'existing resources, own key, own projects',
    {
      existingDomain: true,
      existingRepositories: true,
      existingPolicyBucket: 'policy-bucket',
      packageGroups: true,
      internalNames: ['acme~'],
      publishers: ['arn:aws:iam::123456789012:role/publish'],
      readerOrganization: 'o-a1b2c3d4e5',
      kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f',
      alarmEmail: 'team@example.com',
      trail: true,
    },
  ],
  [
    'existing VPC',
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
])('the AwsSolutions rules have no unacknowledged finding (%s)', (_, input) => {
  const { app, stack } = openStack(input);
  const { violations } = new AwsSolutionsChecks(app).validateScope(stack);
  expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources.length])).toEqual([]);
});

test('the workflow is the same document as in the local stack, with the current versions of the functions', () => {
  const [, { Properties }] = ofType(standard, 'AWS::StepFunctions::StateMachine')[0]!;
  const deployed = JSON.parse(textOf(Properties.DefinitionString));
  const arnOf = new Map(
    taskNames.map((task) => {
      const [version] = ofType(standard, 'AWS::Lambda::Version').find(([, { Properties: named }]) =>
        named.FunctionName.Ref.startsWith(`${functionOfTask[task]}Function`),
      )!;
      return [task, `<${version}>`];
    }),
  );
  expect(deployed).toEqual(vettingWorkflow((task) => arnOf.get(task)!));
});

test('executions are logged without their data, traced, and monitored', () => {
  const [, { Properties }] = ofType(standard, 'AWS::StepFunctions::StateMachine')[0]!;
  expect(Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
  expect(Properties.TracingConfiguration).toEqual({ Enabled: true });
  const alarms = ofType(standard, 'AWS::CloudWatch::Alarm').map(([, resource]) => resource.Properties.MetricName);
  for (const metric of ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionThrottled', 'StuckRequests']) {
    expect(alarms).toContain(metric);
  }
});

test('docs/aws/operate.md has a section for every alarm, which begins with its description', async () => {
  const page = await readFile(path.resolve(import.meta.dirname, '../../docs/aws/operate.md'), 'utf8');
  const sections = page.split(/^#+ /m).map((section) => section.replace(/\s+/g, ' '));
  const alarms = ofType(standard, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
  const missing = alarms.filter(({ AlarmName, AlarmDescription }) => {
    const beginning = `${AlarmName.replace('supply-chain-defender-', '')} ${AlarmDescription}`;
    return !sections.some((section) => section.startsWith(beginning));
  });
  expect(missing.map(({ AlarmName, AlarmDescription }) => `${AlarmName}: ${AlarmDescription}`)).toEqual([]);
});

test('docs/aws/operate.md names the log group of every function', async () => {
  const page = await readFile(path.resolve(import.meta.dirname, '../../docs/aws/operate.md'), 'utf8');
  const groups = ofType(standard, 'AWS::Logs::LogGroup').map(([, { Properties }]) => textOf(Properties.LogGroupName));
  const endings = groups.map((group) => group.replace(/^.*supply-chain-defender/, ''));
  expect(endings.filter((ending) => !page.includes(`${ending}\``))).toEqual([]);
});

test('alarms are sent to the SNS topic in the options', () => {
  for (const [, { Properties }] of ofType(unusual, 'AWS::CloudWatch::Alarm')) {
    expect(Properties.AlarmActions).toEqual(['arn:aws:sns:eu-west-1:123456789012:alarms']);
  }
});

test('an email address receives the alarms through a topic of the stack', () => {
  const [[id, topic] = ['', undefined]] = ofType(company, 'AWS::SNS::Topic');
  expect(topic?.Properties.KmsMasterKeyId).toMatch(/^arn:aws:kms:/);
  const [, subscription] = ofType(company, 'AWS::SNS::Subscription')[0]!;
  expect(subscription.Properties).toMatchObject({ Protocol: 'email', Endpoint: 'team@example.com' });
  const alarms = ofType(company, 'AWS::CloudWatch::Alarm');
  expect(alarms.length).toBeGreaterThan(5);
  for (const [, { Properties }] of alarms) expect(Properties.AlarmActions).toEqual([{ Ref: id }]);
  const policy = JSON.stringify(ofType(company, 'AWS::SNS::TopicPolicy')[0]?.[1].Properties);
  expect(policy).toContain('cloudwatch.amazonaws.com');
  expect(ofType(standard, 'AWS::SNS::Topic')).toEqual([]);
});

describe('a customer managed key', () => {
  const key = 'arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f';

  test('encrypts everything that the stack creates and that can have one', () => {
    const encrypted: [string, (properties: Resource['Properties']) => unknown][] = [
      ['AWS::CodeArtifact::Domain', ({ EncryptionKey }) => EncryptionKey],
      ['AWS::DynamoDB::Table', ({ SSESpecification }) => SSESpecification.KMSMasterKeyId],
      ['AWS::Logs::LogGroup', ({ KmsKeyId }) => KmsKeyId],
      ['AWS::SQS::Queue', ({ KmsMasterKeyId }) => KmsMasterKeyId],
      ['AWS::SNS::Topic', ({ KmsMasterKeyId }) => KmsMasterKeyId],
      ['AWS::CloudTrail::Trail', ({ KMSKeyId }) => KMSKeyId],
      [
        'AWS::S3::Bucket',
        ({ BucketEncryption }) =>
          BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID,
      ],
    ];
    for (const [type, keyOf] of encrypted) {
      const found = ofType(company, type);
      expect([type, found.length > 0]).toEqual([type, true]);
      for (const [id, { Properties }] of found) expect([id, keyOf(Properties)]).toEqual([id, key]);
    }
  });

  test('can be used by a role only through the services that the role calls', () => {
    const uses = statements(company).filter(
      ({ actions, principal }) => principal === undefined && actions.some((action) => action.startsWith('kms:')),
    );
    const viaOf = (owner: RegExp) =>
      uses
        .filter((use) => owner.test(use.owner))
        .map(({ condition }) => Object.values((condition as Record<string, object>).StringEquals ?? {})[0])
        .sort();
    const via = (...services: string[]) => services.map((service) => `${service}.eu-west-1.amazonaws.com`);
    expect(viaOf(/^CopyRole/)).toEqual(via('dynamodb'));
    expect(viaOf(/^NotifyRole/)).toEqual(via('dynamodb', 's3', 'ssm'));
    expect(viaOf(/^PeopleDevelopers/)).toEqual(via('dynamodb', 'ssm'));
    expect(viaOf(/^MissingRole/)).toEqual(via('dynamodb', 'sqs'));
    expect(uses.map(({ resources }) => resources)).toEqual(uses.map(() => [key]));
  });

  test('is absent without the option', () => {
    expect(JSON.stringify(standard)).not.toContain('kms:');
  });
});

test('the table has recovery, encryption, deletion protection and TTL', () => {
  const [, table] = ofType(standard, 'AWS::DynamoDB::Table')[0]!;
  expect(table).toMatchObject({
    DeletionPolicy: 'RetainExceptOnCreate',
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

test('a version remains after an update, so that running executions end with the code they began with', () => {
  const versions = ofType(standard, 'AWS::Lambda::Version');
  expect(versions).toHaveLength(taskFunctions.length);
  for (const [id, version] of versions) {
    expect([id, version.DeletionPolicy, version.UpdateReplacePolicy]).toEqual([id, 'Retain', 'Retain']);
  }
});

test('the table is created last, because its deletion protection would stop a rollback', () => {
  const [id] = ofType(standard, 'AWS::DynamoDB::Table')[0]!;
  const needed = standard.Resources[id]?.DependsOn ?? [];
  const others = Object.keys(standard.Resources).filter((other) => other !== id);
  expect(others.filter((other) => !needed.includes(other))).toEqual([]);
});

test('resources with data are retained when the stack is deleted, but not when its creation is rolled back', () => {
  const types = [
    'AWS::CodeArtifact::Domain',
    'AWS::CodeArtifact::Repository',
    'AWS::CodeArtifact::PackageGroup',
    'AWS::DynamoDB::Table',
    'AWS::S3::Bucket',
  ];
  const deletable = synthesize({ keep: false });
  for (const type of types) {
    for (const [, { DeletionPolicy }] of ofType(standard, type)) {
      expect([type, DeletionPolicy]).toEqual([type, 'RetainExceptOnCreate']);
    }
    for (const [, { DeletionPolicy = 'Delete' }] of ofType(deletable, type)) {
      expect([type, DeletionPolicy]).toEqual([type, 'Delete']);
    }
  }
});

test('every function runs Node on arm64, with tracing, log retention, and no secret in its environment', () => {
  const functions = ofType(standard, 'AWS::Lambda::Function');
  expect(functions).toHaveLength(functionNames.length);
  for (const [id, { Properties }] of functions) {
    expect([id, Properties.Runtime, Properties.Architectures]).toEqual([id, 'nodejs22.x', ['arm64']]);
    expect(Properties.TracingConfig).toEqual({ Mode: 'Active' });
    expect(Object.keys(Properties.LoggingConfig)).toEqual(['LogGroup']);
    const variables = Object.keys(Properties.Environment.Variables);
    expect(
      variables.filter((name) => /TOKEN|WEBHOOK|SECRET|KEY/.test(name) && !/_PARAMETER$|^POLICY_KEY$/.test(name)),
    ).toEqual([]);
  }
  for (const [id, { Properties }] of ofType(byCommand, 'AWS::Logs::LogGroup')) {
    expect([id, Properties.RetentionInDays]).toEqual([id, 90]);
  }
});

test('the documentation says how many concurrent executions are reserved', async () => {
  const reserved = ofType(standard, 'AWS::Lambda::Function').map(
    ([, { Properties }]) => Properties.ReservedConcurrentExecutions ?? 0,
  );
  const total = reserved.reduce((sum, count) => sum + count, 0);
  const page = await readFile(path.resolve(import.meta.dirname, '../../docs/aws/deploy.md'), 'utf8');
  expect(page).toContain(`reserves ${total} concurrent executions`);
  expect(page).toContain(`quota is below ${total + 100}`);
});

test('no concurrency is reserved with `reservedConcurrency: false`', () => {
  for (const [, { Properties }] of ofType(unusual, 'AWS::Lambda::Function')) {
    expect(Properties.ReservedConcurrentExecutions).toBeUndefined();
  }
});

test('buckets and queues are private and accept encrypted connections only', () => {
  const buckets = [standard, company].flatMap((template) => ofType(template, 'AWS::S3::Bucket'));
  expect(buckets).toHaveLength(3);
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

test('the bucket of the policy file is versioned', () => {
  const policies = ofType(standard, 'AWS::S3::Bucket').filter(([id]) => id.startsWith('Policy'));
  expect(policies.map(([, { Properties }]) => Properties.VersioningConfiguration)).toEqual([{ Status: 'Enabled' }]);
});

const rules = ofType(standard, 'AWS::Events::Rule').map(([, { Properties }]) => Properties);

test('the 404 rule has the shared pattern and the state that read-only events need', () => {
  const rule = rules.find(({ EventPattern }) => EventPattern?.detail?.eventName !== undefined);
  expect(rule?.EventPattern).toEqual(eventPattern({ domain: 'awspip', repository: 'secure-pypi' }));
  expect(rule?.State).toBe('ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS');
});

test('every rule has the dead-letter queue', () => {
  expect(rules).toHaveLength(4);
  for (const { Targets } of rules) expect(textOf(Targets[0].DeadLetterConfig.Arn)).toMatch(/^<FailedEventsQueue/);
});

test('the stack creates a trail of reads and writes only if `trail` is true', () => {
  const [, { Properties }] = ofType(company, 'AWS::CloudTrail::Trail')[0]!;
  expect(Properties).toMatchObject({ IsLogging: true, EnableLogFileValidation: true });
  expect(Properties.EventSelectors).toEqual([{ IncludeManagementEvents: true, ReadWriteType: 'All' }]);
  expect(ofType(standard, 'AWS::CloudTrail::Trail')).toEqual([]);
});

test('the firewall API accepts signed requests only', () => {
  const urls = ofType(standard, 'AWS::Lambda::Url');
  expect(urls.map(([, { Properties }]) => Properties.AuthType)).toEqual(['AWS_IAM']);
  const open = ofType(standard, 'AWS::Lambda::Permission').filter(([, { Properties }]) => Properties.Principal === '*');
  expect(open).toEqual([]);
});

test('the instance accepts no connections, has no public address, and reaches only the endpoints', () => {
  const [, { Properties }] = ofType(byCommand, 'AWS::EC2::Instance')[0]!;
  expect(JSON.stringify(Properties)).not.toContain('"AssociatePublicIpAddress":true');
  expect(Properties.KeyName).toBeUndefined();
  for (const type of ['AWS::EC2::InternetGateway', 'AWS::EC2::NatGateway', 'AWS::EC2::EIP']) {
    expect(ofType(byCommand, type)).toEqual([]);
  }
  const groups = ofType(byCommand, 'AWS::EC2::SecurityGroup').filter(([id]) => id.includes('InstanceGroup'));
  expect(groups.map(([, group]) => group.Properties.SecurityGroupIngress)).toEqual([undefined]);
  const [, template] = ofType(byCommand, 'AWS::EC2::LaunchTemplate')[0] ?? [];
  expect(template?.Properties.LaunchTemplateData.MetadataOptions.HttpTokens).toBe('required');
});

test('the settings are in one parameter and in the outputs, without secrets', () => {
  const [, { Properties }] = ofType(standard, 'AWS::SSM::Parameter')[0]!;
  expect(Properties.Name).toBe('/supply-chain-defender/settings');
  expect(JSON.parse(textOf(Properties.Value))).toEqual({
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
  const body = textOf(Properties.DashboardBody);
  for (const title of ['Requests by status', 'Verdicts by level', 'Seconds to SECURE', 'Failures', 'Throttles']) {
    expect(body).toContain(title);
  }
});

test('every template stays well below the limits of CloudFormation', () => {
  for (const template of [standard, byCommand, unusual, company, returned]) {
    expect(Object.keys(template.Resources).length).toBeLessThan(300);
    expect(JSON.stringify(template).length).toBeLessThan(500_000);
  }
});
