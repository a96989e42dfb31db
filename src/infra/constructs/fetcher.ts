import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  Instance,
  InstanceClass,
  InstanceSize,
  InstanceType,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  MachineImage,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { fetcherEntry, roleName } from '../access-controls.ts';
import { acknowledge, acknowledgeWildcards } from '../acknowledge.ts';
import { fetchDocument } from '../fetch-document.ts';
import type { InfraOptions } from '../options.ts';
import { ownerOf } from '../resource-arns.ts';
import { logEncryption } from './encryption.ts';

/** The instance on which Run Command fetches files. It accepts no connections and reaches only AWS endpoints. */
export type Fetcher = {
  readonly instanceId: string;
  readonly instanceArn: string;
  readonly documentName: string;
  readonly documentArn: string;
};

/** Adds the instance and the Run Command document; undefined unless the option `ingest` is `ssm`. */
export function fetcher(
  parent: Construct,
  options: InfraOptions,
  domainArn: string,
  repositoryArn: string,
): Fetcher | undefined {
  if (options.ingest !== 'ssm') return undefined;
  const scope = new Construct(parent, 'Fetcher');
  const stack = Stack.of(scope);
  const documentName = `${options.name}-fetch`;
  new CfnDocument(scope, 'Document', {
    name: documentName,
    documentType: 'Command',
    documentFormat: 'JSON',
    updateMethod: 'NewVersion',
    content: fetchDocument({
      domain: options.domain,
      owner: ownerOf(scope, options),
      repository: options.installRepository,
      region: stack.region,
    }),
  });
  const instance = isolatedInstance(scope, options, domainArn, repositoryArn);
  return {
    instanceId: instance.instanceId,
    instanceArn: stack.formatArn({ service: 'ec2', resource: 'instance', resourceName: instance.instanceId }),
    documentName,
    documentArn: stack.formatArn({ service: 'ssm', resource: 'document', resourceName: documentName }),
  };
}

function isolatedInstance(scope: Construct, options: InfraOptions, domainArn: string, repositoryArn: string): Instance {
  const { vpc, group } = isolatedNetwork(scope, options);
  const instance = new Instance(scope, 'Instance', {
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    securityGroup: group,
    instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
    machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
    role: instanceRole(scope, options, domainArn, repositoryArn).withoutPolicyUpdates(),
    associatePublicIpAddress: false,
    requireImdsv2: true,
    detailedMonitoring: true,
    blockDevices: [{ deviceName: '/dev/xvda', volume: BlockDeviceVolume.ebs(10, { encrypted: true }) }],
  });
  acknowledge(instance, 'AwsSolutions-EC29', 'it has no data and can be terminated and recreated at any time');
  return instance;
}

/** Returns a VPC with one isolated subnet and endpoints for the services that the instance uses. */
function isolatedNetwork(scope: Construct, options: InfraOptions) {
  const vpc = new Vpc(scope, 'Vpc', {
    maxAzs: 1,
    natGateways: 0,
    subnetConfiguration: [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 26 }],
    restrictDefaultSecurityGroup: false,
  });
  // The class declares optional members differently from its interface.
  const typedVpc = vpc as IVpc;
  const logs = new LogGroup(scope, 'FlowLogs', {
    retention: options.logDays as RetentionDays,
    ...logEncryption(scope, options),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  vpc.addFlowLog('Flow', {
    destination: FlowLogDestination.toCloudWatchLogs(logs),
    trafficType: FlowLogTrafficType.ALL,
  });
  const group = new SecurityGroup(scope, 'InstanceGroup', {
    vpc: typedVpc,
    allowAllOutbound: false,
    description: 'Outbound HTTPS',
  });
  // The subnet has routes only to the endpoints and, through the gateway, to S3, where CodeArtifact stores files.
  group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'endpoints and S3');
  const endpoints = new SecurityGroup(scope, 'EndpointGroup', {
    vpc: typedVpc,
    allowAllOutbound: false,
    description: 'Inbound HTTPS',
  });
  endpoints.addIngressRule(group, Port.tcp(443), 'the instance');
  const services = {
    Ssm: InterfaceVpcEndpointAwsService.SSM,
    SsmMessages: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
    Ec2Messages: InterfaceVpcEndpointAwsService.EC2_MESSAGES,
    CodeArtifactApi: InterfaceVpcEndpointAwsService.CODEARTIFACT_API,
    CodeArtifactRepositories: InterfaceVpcEndpointAwsService.CODEARTIFACT_REPOSITORIES,
  };
  for (const [id, service] of Object.entries(services)) {
    vpc.addInterfaceEndpoint(id, { service, securityGroups: [endpoints], open: false });
  }
  vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
  return { vpc: typedVpc, group };
}

/**
 * Returns the instance's role: the parts of AmazonSSMManagedInstanceCore that Run Command uses, and read access to
 * package-install.
 */
function instanceRole(scope: Construct, options: InfraOptions, domainArn: string, repositoryArn: string): Role {
  const statements = [
    new PolicyStatement({
      actions: [
        'ec2messages:AcknowledgeMessage',
        'ec2messages:DeleteMessage',
        'ec2messages:FailMessage',
        'ec2messages:GetEndpoint',
        'ec2messages:GetMessages',
        'ec2messages:SendReply',
        'ssm:UpdateInstanceInformation',
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ],
      resources: ['*'],
    }),
    new PolicyStatement({ actions: ['codeartifact:GetAuthorizationToken'], resources: [domainArn] }),
    new PolicyStatement({
      actions: ['codeartifact:GetRepositoryEndpoint', 'codeartifact:ReadFromRepository'],
      resources: [repositoryArn],
    }),
    new PolicyStatement({
      actions: ['sts:GetServiceBearerToken'],
      resources: ['*'],
      conditions: { StringEquals: { 'sts:AWSServiceName': 'codeartifact.amazonaws.com' } },
    }),
  ];
  const role = new Role(scope, 'Role', {
    roleName: roleName(options, fetcherEntry),
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    description: 'Fetches files of package-install',
    inlinePolicies: { Rights: new PolicyDocument({ statements }) },
  });
  const reason = "the agent's message channels and sts:GetServiceBearerToken have no resources";
  acknowledgeWildcards(role, [{ arn: '*', reason }]);
  return role;
}
