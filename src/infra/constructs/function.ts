import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { roleName } from '../access-controls.ts';
import { acknowledge, acknowledgeWildcards, wildcardsOf } from '../acknowledge.ts';
import type { FunctionConfiguration } from '../function-configurations.ts';
import { withKey } from '../key-permissions.ts';
import type { InfraOptions } from '../options.ts';
import type { Permission } from '../permissions.ts';
import { documentOf, networkStatement, tracingStatement } from '../policy-statements.ts';
import type { ResourceArns } from '../resource-arns.ts';
import { logEncryption } from './encryption.ts';

/** A company's existing VPC, in which the functions run. */
export type ExistingNetwork = {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroups: readonly ISecurityGroup[];
};

export type FunctionParts = {
  /** The id of the construct. */
  readonly name: string;
  /** The name of the bundle, which also ends the names of the function, its role and its log group. */
  readonly entry: string;
  readonly configuration: FunctionConfiguration;
  readonly options: InfraOptions;
  readonly code: Code;
  readonly permissions: readonly Permission[];
  readonly arns: ResourceArns;
  readonly environment: Readonly<Record<string, string>>;
  readonly network: ExistingNetwork | undefined;
};

export type StackFunction = { readonly handler: LambdaFunction; readonly role: Role };

/** Returns the name of a function in the account. */
export const functionName = ({ name: stack }: Pick<InfraOptions, 'name'>, entry: string): string => `${stack}-${entry}`;

/** Adds a Lambda function with its own log group, and a role with only the permissions that it uses. */
export function lambdaFunction(parent: Construct, parts: FunctionParts): StackFunction {
  const { name, entry, configuration, options, code, arns, environment, network } = parts;
  const scope = new Construct(parent, name);
  const permissions = withKey(parts.permissions, { ...options, region: Stack.of(scope).region });
  const logGroup = new LogGroup(scope, 'Logs', {
    logGroupName: `/aws/lambda/${functionName(options, entry)}`,
    retention: options.logDays as RetentionDays,
    ...logEncryption(scope, options),
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
    roleName: roleName(options, entry),
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: configuration.description,
    inlinePolicies: { Running: running, Rights: documentOf(permissions, arns) },
  });
  const reserved = options.reservedConcurrency ? configuration.maxConcurrency : undefined;
  const handler = new LambdaFunction(scope, 'Function', {
    functionName: functionName(options, entry),
    description: configuration.description,
    runtime: Runtime.NODEJS_22_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code,
    role: role.withoutPolicyUpdates(),
    timeout: Duration.seconds(configuration.seconds),
    memorySize: configuration.memory,
    ephemeralStorageSize: Size.mebibytes(configuration.temporary ?? 512),
    tracing: Tracing.ACTIVE,
    logGroup,
    environment: { ...environment },
    // Running executions call the version with which they began, also after an update.
    currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
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
    { arn: '*', reason: 'the actions of X-Ray have no resources' },
    ...(network === undefined ? [] : [{ arn: '*', reason: 'the ARNs of network interfaces are not known beforehand' }]),
    ...wildcardsOf(permissions, arns),
  ]);
  acknowledge(
    scope,
    'AwsSolutions-L1',
    'the bundles are tested under Node 22; the next LTS version follows once they are tested under it',
  );
  return { handler, role };
}
