import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Permission } from './permissions.ts';
import type { ResourceArns } from './resource-arns.ts';

/** Returns permissions as policy statements with exact actions, and resources by ARN. */
export function statementsOf(permissions: readonly Permission[], arns: Partial<ResourceArns>): PolicyStatement[] {
  return permissions.map(
    ({ actions, resources, condition }) =>
      new PolicyStatement({
        actions: [...actions],
        resources: resources.flatMap((resource) => arns[resource] ?? []),
        ...(condition === undefined ? {} : { conditions: condition }),
      }),
  );
}

/** Returns permissions as one policy document. */
export function documentOf(permissions: readonly Permission[], arns: ResourceArns): PolicyDocument {
  return new PolicyDocument({ statements: statementsOf(permissions, arns) });
}

/**
 * Returns the statement for X-Ray, whose actions have no resources.
 *
 * https://docs.aws.amazon.com/xray/latest/devguide/security_iam_service-with-iam.html
 */
export function tracingStatement(): PolicyStatement {
  return new PolicyStatement({
    actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    resources: ['*'],
  });
}

/** Returns the statement for the network interfaces of a function in a VPC, whose ARNs aren't known beforehand. */
export function networkStatement(): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}
