import { synthesize, type Template } from '../../src/infra/synthesize.ts';

export const standard: Template = synthesize();
export const byCommand: Template = synthesize({ ingest: 'ssm' });
const key = 'arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f';
/** The options of a company with projects of its own, readers elsewhere and a key of its own. */
export const company: Template = synthesize({
  internalNames: ['acme-billing', 'acme~'],
  publishers: ['arn:aws:iam::123456789012:role/publish', 'arn:aws:iam::222222222222:role/ci/publish'],
  administrators: ['arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*'],
  readerAccounts: ['210987654321'],
  readerOrganization: 'o-a1b2c3d4e5',
  kmsKeyArn: key,
  alarmEmail: 'team@example.com',
  trail: true,
  ingest: 'ssm',
  region: 'eu-west-1',
  account: '123456789012',
});
/** A deployment that uses what an earlier one with the same options left. */
export const returned: Template = synthesize({
  existingDomain: true,
  existingRepositories: true,
  existingTable: true,
  existingPolicyBucket: 'supply-chain-defender-policy-123456789012-eu-west-1',
  packageGroups: true,
  internalNames: ['acme-billing', 'acme~'],
  publishers: ['arn:aws:iam::123456789012:role/publish'],
  readerAccounts: ['210987654321'],
});
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
  noticeTopicArn: 'arn:aws:sns:eu-west-1:123456789012:notices',
  region: 'eu-west-1',
  account: '123456789012',
});
