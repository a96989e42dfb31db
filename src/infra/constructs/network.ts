import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { InfraOptions } from '../options.ts';
import type { OwnNetwork } from './function.ts';

/** A network that is there already, if one was named. Nothing is looked up: synthesis stays offline. */
export function ownNetwork(parent: Construct, options: InfraOptions): OwnNetwork | undefined {
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
