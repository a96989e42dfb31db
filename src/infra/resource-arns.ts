import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { globOf } from './internal-names.ts';
import type { InfraOptions } from './options.ts';
import type { ResourceKey } from './permissions.ts';

/** ARNs by resource. ARNs of named resources are computed, so that roles don't depend on the resources. */
export type ResourceArns = Readonly<Record<ResourceKey, readonly string[]>>;

/** Returns the names that several constructs use. */
export const resourceNames = ({ name }: Pick<InfraOptions, 'name'>) => ({
  stateMachine: `${name}-vetting`,
  packageCheck: `${name}-package-check`,
  /** The name of a parameter or document must not begin with `aws`. */
  settings: `/${name}/settings`,
  githubToken: `/${name}/github-token`,
  slackWebhook: `/${name}/slack-webhook`,
  webhookSecret: `/${name}/webhook-secret`,
  policyKey: 'policy.json',
});

export type ResourceArnParts = {
  readonly options: InfraOptions;
  readonly policyBucketArn: string;
  readonly instanceArn?: string | undefined;
  readonly documentArn?: string | undefined;
};

/** Returns the account that owns the domain, which is part of the ARNs of all its resources. */
export function ownerOf(scope: Construct, { domainOwner }: InfraOptions): string {
  return domainOwner ?? Stack.of(scope).account;
}

/** Returns the ARNs of all resources that permissions name. */
export function resourceArnsOf(scope: Construct, parts: ResourceArnParts): ResourceArns {
  const { options, policyBucketArn, instanceArn, documentArn } = parts;
  const stack = Stack.of(scope);
  const names = resourceNames(options);
  const slashArn = (service: string, resource: string, resourceName: string, account?: string) =>
    stack.formatArn({ service, resource, resourceName, ...(account === undefined ? {} : { account }) });
  const colonArn = (service: string, resource: string, resourceName: string) =>
    stack.formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const { domain, secureRepository: secure, installRepository: install } = options;
  const artifact = (resource: string, path: string) =>
    slashArn('codeartifact', resource, path, ownerOf(scope, options));
  const parameter = (path: string) => slashArn('ssm', 'parameter', path.slice(1));
  return {
    table: [slashArn('dynamodb', 'table', options.table)],
    statusIndex: [slashArn('dynamodb', 'table', `${options.table}/index/byStatus`)],
    domain: [artifact('domain', domain)],
    secureRepository: [artifact('repository', `${domain}/${secure}`)],
    installRepository: [artifact('repository', `${domain}/${install}`)],
    existingRepositories: [
      ...(options.existingStoreRepository ? [options.storeRepository] : []),
      ...(options.existingInstallRepository ? [install] : []),
      ...(options.existingSecureRepository ? [secure] : []),
    ].map((name) => artifact('repository', `${domain}/${name}`)),
    packageGroups: [artifact('package-group', `${domain}*`)],
    internalPackages: options.internalNames.map((name) =>
      artifact('package', `${domain}/${secure}/pypi//${globOf(name)}`),
    ),
    listedPackages: options.indexes
      .flatMap(({ names }) => names)
      .map((name) => artifact('package', `${domain}/${install}/pypi//${name}`)),
    securePackages: [artifact('package', `${domain}/${secure}/pypi/*`)],
    installPackages: [artifact('package', `${domain}/${install}/pypi/*`)],
    stateMachine: [colonArn('states', 'stateMachine', names.stateMachine)],
    executions: [colonArn('states', 'execution', `${names.stateMachine}:*`)],
    policyBucket: [policyBucketArn],
    policyObject: [`${policyBucketArn}/${names.policyKey}`],
    githubToken: [parameter(names.githubToken)],
    slackWebhook: [parameter(names.slackWebhook)],
    webhookSecret: [parameter(names.webhookSecret)],
    noticeTopic: options.noticeTopicArn === undefined ? [] : [options.noticeTopicArn],
    settings: [parameter(names.settings)],
    packageCheck: [colonArn('lambda', 'function', names.packageCheck)],
    fetchDocument: documentArn === undefined ? [] : [documentArn],
    instance: instanceArn === undefined ? [] : [instanceArn],
    // The queue gets its name at deployment.
    failedEvents: [],
    key: options.kmsKeyArn === undefined ? [] : [options.kmsKeyArn],
    anything: ['*'],
  };
}
