import { expect, test } from 'vitest';
import { type OptionInput, readOptions } from '../../src/infra/options.ts';
import { synthesize } from '../../src/infra/synthesize.ts';

test('string values from the command line are parsed', () => {
  const options = readOptions({ trail: 'false', internalNames: 'acme, acme-tools~', eventsPerMinute: '5' });
  expect(options).toMatchObject({ trail: false, internalNames: ['acme', 'acme-tools~'], eventsPerMinute: 5 });
});

test('origin controls are created by default only with a new domain', () => {
  expect(readOptions({}).packageGroups).toBe(true);
  expect(readOptions({ existingDomain: true }).packageGroups).toBe(false);
  expect(readOptions({ domainOwner: '123456789012' })).toMatchObject({ existingDomain: true, packageGroups: false });
});

test('the stack creates its repositories in an existing domain', () => {
  const { Resources: resources } = synthesize({ existingDomain: 'true' });
  const types = Object.values(resources).map(({ Type }) => Type);
  expect(types).not.toContain('AWS::CodeArtifact::Domain');
  expect(types.filter((type) => type === 'AWS::CodeArtifact::Repository')).toHaveLength(3);
});

test('existingRepositories is the default of the switches for each repository', () => {
  const { existingSecureRepository, existingInstallRepository, existingStoreRepository } = readOptions({
    existingDomain: true,
    existingRepositories: 'true',
    existingInstallRepository: 'false',
  });
  expect([existingSecureRepository, existingInstallRepository, existingStoreRepository]).toEqual([true, false, true]);
});

test.each<[string, OptionInput]>([
  ['region', { region: 'sa-east-1' as never }],
  ['name', { name: 'awspip' }],
  ['trail', { trail: 'maybe' as never }],
  ['ingest', { ingest: 'ec2' as never }],
  ['internalNames', { internalNames: 'Acme*' }],
  ['existingSecureRepository', { existingRepositories: true }],
  ['existingStoreRepository', { existingStoreRepository: 'true' }],
  ['existingPolicyBucket', { existingDomain: true, existingPolicyBucket: 'Not A Bucket' }],
  ['publishers', { publishers: 'arn:aws:iam::123456789012:role/ci' }],
  ['publishers', { internalNames: 'acme~', publishers: 'arn:aws:iam::123456789012:role/*' }],
  ['administrators', { administrators: '*' }],
  ['administrators', { administrators: 'arn:aws:iam::123456789012:role/*' }],
  ['readerOrganization', { readerOrganization: '*' }],
  ['kmsKeyArn', { kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:alias/ours' }],
  ['alarmEmail', { alarmEmail: 'nobody' }],
  ['internalNames', { existingDomain: true, internalNames: 'acme~' }],
  ['repositories', { secureRepository: 'one-name', installRepository: 'one-name' }],
  ['vpcId', { vpcId: 'vpc-0a1b2c3d' }],
  ['eventsPerMinute', { eventsPerMinute: 'many' }],
])('invalid options are rejected: %s', (option, input) => {
  expect(() => readOptions(input)).toThrow(option);
});

test('the template rejects a region without CodeArtifact as well', () => {
  type Rules = Record<string, { Assertions: { Assert: { 'Fn::Contains': [string[], unknown] } }[] }>;
  const { Rules: rules } = synthesize() as unknown as { Rules: Rules };
  const [regions, region] = rules.CodeArtifactIsOffered?.Assertions[0]?.Assert['Fn::Contains'] ?? [];
  expect(region).toEqual({ Ref: 'AWS::Region' });
  expect(regions).toHaveLength(13);
  expect(regions).toContain('eu-west-1');
  expect(regions).not.toContain('sa-east-1');
});
