import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ResourceArns } from './repository-names.ts';
import type { Right } from './rights.ts';

/** Rights as policy statements: exact actions, resources by ARN. */
export function statementsOf(rights: readonly Right[], arns: ResourceArns): PolicyStatement[] {
  return rights.map(
    ({ actions, on, condition }) =>
      new PolicyStatement({
        actions: [...actions],
        resources: on.flatMap((resource) => arns[resource]),
        ...(condition === undefined ? {} : { conditions: condition }),
      }),
  );
}

/** The same as one document. */
export function documentOf(rights: readonly Right[], arns: ResourceArns): PolicyDocument {
  return new PolicyDocument({ statements: statementsOf(rights, arns) });
}

/** What X-Ray takes: its actions have no resources. https://docs.aws.amazon.com/xray/latest/devguide/security_iam_service-with-iam.html */
export function tracingStatement(): PolicyStatement {
  return new PolicyStatement({
    actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    resources: ['*'],
  });
}

/** What a function in an own network needs for its interfaces: made before anything about them is known. */
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
