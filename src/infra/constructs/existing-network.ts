import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { InfraOptions } from '../options.ts';
import type { ExistingNetwork } from './function.ts';

/** Returns the VPC that the options name, if any. It looks nothing up, so that synthesis works offline. */
export function existingNetwork(parent: Construct, options: InfraOptions): ExistingNetwork | undefined {
  const { vpcId, subnetIds, availabilityZones, securityGroupIds } = options;
  if (vpcId === undefined) return undefined;
  const scope = new Construct(parent, 'Network');
  return {
    vpc: Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones, privateSubnetIds: subnetIds }),
    subnets: subnetIds.map((subnetId, at) =>
      Subnet.fromSubnetAttributes(scope, `Subnet${at}`, { subnetId, availabilityZone: availabilityZones[at] ?? '' }),
    ),
    securityGroups: securityGroupIds.map((id, at) =>
      SecurityGroup.fromSecurityGroupId(scope, `Group${at}`, id, { mutable: false }),
    ),
  };
}
