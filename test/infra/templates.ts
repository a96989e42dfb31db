import { synthesize, type Template } from '../../src/infra/synthesize.ts';

export const standard: Template = synthesize();
export const byCommand: Template = synthesize({ ingest: 'ssm' });
/** Combines the options that change which resources exist. */
export const unusual: Template = synthesize({
  domainOwner: '210987654321',
  existingRepositories: true,
  existingTable: true,
  trail: false,
  reservedConcurrency: false,
  readerAccounts: ['123456789012'],
  internalNames: ['acme-billing', 'acme~'],
  packageGroups: true,
  vpcId: 'vpc-0a1b2c3d',
  subnetIds: ['subnet-0a1b2c3d', 'subnet-1a2b3c4d'],
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  securityGroupIds: ['sg-0a1b2c3d'],
  alarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:alarms',
  region: 'eu-west-1',
  account: '123456789012',
});
