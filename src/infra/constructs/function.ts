import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards, wildcardsOf } from '../acknowledge.ts';
import { entryOf, type FunctionName } from '../function-names.ts';
import { type FunctionShape, functionShapes } from '../function-shapes.ts';
import type { InfraOptions } from '../options.ts';
import { documentOf, networkStatement, tracingStatement } from '../policies.ts';
import type { ResourceArns } from '../repository-names.ts';
import type { Right } from '../rights.ts';

/** A network of the company's own that functions run in. */
export type OwnNetwork = {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroups: readonly ISecurityGroup[];
};

export type FunctionParts = {
  readonly name: FunctionName;
  readonly options: InfraOptions;
  readonly code: Code;
  readonly rights: readonly Right[];
  readonly arns: ResourceArns;
  readonly environment: Readonly<Record<string, string>>;
  readonly network: OwnNetwork | undefined;
};

export type MadeFunction = { readonly handler: LambdaFunction; readonly role: Role };

/** Full name of a function in the account. */
export const functionName = ({ name: stack }: InfraOptions, name: FunctionName): string => `${stack}-${entryOf(name)}`;

/** One Lambda function with its own log group, and a role that may do what it does and nothing else. */
export function lambdaFunction(parent: Construct, parts: FunctionParts): MadeFunction {
  const { name, options, code, rights, arns, environment, network } = parts;
  const scope = new Construct(parent, name);
  const shape: FunctionShape = functionShapes[name];
  const logGroup = new LogGroup(scope, 'Logs', {
    logGroupName: `/aws/lambda/${functionName(options, name)}`,
    retention: options.logDays as RetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const running = new PolicyDocument({
    statements: [
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
      tracingStatement(),
      ...(network === undefined ? [] : [networkStatement()]),
    ],
  });
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: shape.description,
    inlinePolicies: { Running: running, Rights: documentOf(rights, arns) },
  });
  const reserved = options.reservedConcurrency ? shape.max : undefined;
  const handler = new LambdaFunction(scope, 'Function', {
    functionName: functionName(options, name),
    description: shape.description,
    runtime: Runtime.NODEJS_22_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code,
    role: role.withoutPolicyUpdates(),
    timeout: Duration.seconds(shape.seconds),
    memorySize: shape.memory,
    tracing: Tracing.ACTIVE,
    logGroup,
    environment: { ...environment },
    ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
    ...(network === undefined
      ? {}
      : {
          vpc: network.vpc,
          vpcSubnets: { subnets: [...network.subnets] },
          securityGroups: [...network.securityGroups],
        }),
  });
  acknowledgeWildcards(role, [
    { arn: '*', because: 'X-Ray has no resources to name' },
    ...(network === undefined
      ? []
      : [{ arn: '*', because: 'network interfaces are made before their ARNs are known' }]),
    ...wildcardsOf(rights, arns),
  ]);
  acknowledge(
    scope,
    'AwsSolutions-L1',
    'Node 22 is what the bundles are tested under; the next LTS follows when they are',
  );
  return { handler, role };
}
