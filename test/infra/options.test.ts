import { expect, test } from 'vitest';
import { type GivenOptions, readOptions } from '../../src/infra/options.ts';
import { synthesize } from '../../src/infra/synthesize.ts';

test('what the command line says is text, and read as what it means', () => {
  const options = readOptions({ trail: 'false', internalNames: 'acme, acme-tools~', eventsPerMinute: '5' });
  expect(options).toMatchObject({ trail: false, internalNames: ['acme', 'acme-tools~'], eventsPerMinute: 5 });
});

test('origin controls for all of PyPI are made only with the domain', () => {
  expect(readOptions({}).packageGroups).toBe(true);
  expect(readOptions({ existingDomain: true }).packageGroups).toBe(false);
  expect(readOptions({ domainOwner: '123456789012' })).toMatchObject({ existingDomain: true, packageGroups: false });
});

test('a domain that is there already is used, with repositories made in it', () => {
  const { Resources: resources } = synthesize({ existingDomain: 'true' });
  const types = Object.values(resources).map(({ Type }) => Type);
  expect(types).not.toContain('AWS::CodeArtifact::Domain');
  expect(types.filter((type) => type === 'AWS::CodeArtifact::Repository')).toHaveLength(3);
});

test.each<[string, GivenOptions]>([
  ['region', { region: 'sa-east-1' as never }],
  ['name', { name: 'awspip' }],
  ['trail', { trail: 'maybe' as never }],
  ['ingest', { ingest: 'ec2' as never }],
  ['internalNames', { internalNames: 'Acme*' }],
  ['existingRepositories', { existingRepositories: true }],
  ['internalNames', { existingDomain: true, internalNames: 'acme~' }],
  ['repositories', { secureRepository: 'one-name', installRepository: 'one-name' }],
  ['vpcId', { vpcId: 'vpc-0a1b2c3d' }],
  ['eventsPerMinute', { eventsPerMinute: 'many' }],
])('a deployment that cannot be made is refused before anything is: %s', (word, given) => {
  expect(() => readOptions(given)).toThrow(word);
});

test('a region without CodeArtifact is refused by the template too, where CloudFormation learns it first', () => {
  type Rules = Record<string, { Assertions: { Assert: { 'Fn::Contains': [string[], unknown] } }[] }>;
  const { Rules: rules } = synthesize() as unknown as { Rules: Rules };
  const [offered, region] = rules.CodeArtifactIsOffered?.Assertions[0]?.Assert['Fn::Contains'] ?? [];
  expect(region).toEqual({ Ref: 'AWS::Region' });
  expect(offered).toHaveLength(13);
  expect(offered).toContain('eu-west-1');
  expect(offered).not.toContain('sa-east-1');
});
