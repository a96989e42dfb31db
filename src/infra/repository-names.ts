import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { InfraOptions } from './options.ts';
import type { ResourceKey } from './rights.ts';

/** ARNs by place. Those of things with names of our own are computed, so that roles need not wait for resources. */
export type ResourceArns = Readonly<Record<ResourceKey, readonly string[]>>;

/** Names that are said in more than one construct. */
export const resourceNames = ({ name }: Pick<InfraOptions, 'name'>) => ({
  stateMachine: `${name}-vetting`,
  packageCheck: `${name}-package-check`,
  /** No name of a parameter or a document may begin with `aws`. */
  settings: `/${name}/settings`,
  githubToken: `/${name}/github-token`,
  slackWebhook: `/${name}/slack-webhook`,
  policyKey: 'policy.json',
});

export type ResourceArnParts = {
  readonly options: InfraOptions;
  readonly policyBucketArn: string;
  readonly instanceArn?: string | undefined;
  readonly documentArn?: string | undefined;
};

/** Account that owns the domain, and so stands in the ARNs of all that is in it. */
export function ownerOf(scope: Construct, { domainOwner }: InfraOptions): string {
  return domainOwner ?? Stack.of(scope).account;
}

export function resourceArnsOf(scope: Construct, parts: ResourceArnParts): ResourceArns {
  const { options, policyBucketArn, instanceArn, documentArn } = parts;
  const stack = Stack.of(scope);
  const names = resourceNames(options);
  const slashed = (service: string, resource: string, resourceName: string, account?: string) =>
    stack.formatArn({ service, resource, resourceName, ...(account === undefined ? {} : { account }) });
  const colons = (service: string, resource: string, resourceName: string) =>
    stack.formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const { domain, secureRepository: secure, installRepository: install } = options;
  const artifact = (resource: string, path: string) => slashed('codeartifact', resource, path, ownerOf(scope, options));
  const parameter = (path: string) => slashed('ssm', 'parameter', path.slice(1));
  return {
    table: [slashed('dynamodb', 'table', options.table)],
    statusIndex: [slashed('dynamodb', 'table', `${options.table}/index/byStatus`)],
    domain: [artifact('domain', domain)],
    secureRepository: [artifact('repository', `${domain}/${secure}`)],
    installRepository: [artifact('repository', `${domain}/${install}`)],
    securePackages: [artifact('package', `${domain}/${secure}/pypi/*`)],
    installPackages: [artifact('package', `${domain}/${install}/pypi/*`)],
    stateMachine: [colons('states', 'stateMachine', names.stateMachine)],
    executions: [colons('states', 'execution', `${names.stateMachine}:*`)],
    policyBucket: [policyBucketArn],
    policyObject: [`${policyBucketArn}/${names.policyKey}`],
    githubToken: [parameter(names.githubToken)],
    slackWebhook: [parameter(names.slackWebhook)],
    settings: [parameter(names.settings)],
    packageCheck: [colons('lambda', 'function', names.packageCheck)],
    fetchDocument: documentArn === undefined ? [] : [documentArn],
    instance: instanceArn === undefined ? [] : [instanceArn],
    anything: ['*'],
  };
}
