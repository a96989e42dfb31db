import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { FunctionUrl } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { InfraOptions } from '../options.ts';
import { ownerOf, type ResourceArns, resourceNames } from '../resource-arns.ts';

export type SettingsParts = {
  readonly arns: ResourceArns;
  readonly policyBucket: IBucket;
  readonly packageCheck: FunctionUrl;
  readonly policies: Readonly<Record<string, ManagedPolicy>>;
};

/**
 * Adds the settings that awspip needs, by the keys of its settings files: as a parameter, which
 * `awspip setup --from-stack` reads, and as stack outputs. None of them is secret.
 */
export function settings(parent: Construct, options: InfraOptions, parts: SettingsParts): void {
  const scope = new Construct(parent, 'Settings');
  const stack = Stack.of(scope);
  const names = resourceNames(options);
  const values = {
    domain: options.domain,
    'domain-owner': ownerOf(scope, options),
    repository: options.secureRepository,
    region: stack.region,
    table: options.table,
    'state-machine': parts.arns.stateMachine[0] ?? '',
  };
  new StringParameter(scope, 'Parameter', {
    parameterName: names.settings,
    description: 'Settings of awspip for this deployment. No secrets',
    stringValue: stack.toJsonString(values),
  });
  const outputs = {
    ...Object.fromEntries(Object.entries(values).map(([key, value]) => [outputName(key), value])),
    SettingsParameter: names.settings,
    PolicyFile: `s3://${parts.policyBucket.bucketName}/${names.policyKey}`,
    PackageCheckUrl: parts.packageCheck.url,
    GithubTokenParameter: names.githubToken,
    SlackWebhookParameter: names.slackWebhook,
    WebhookSecretParameter: names.webhookSecret,
    ...Object.fromEntries(
      Object.entries(parts.policies).map(([group, policy]) => [`${group}Policy`, policy.managedPolicyArn]),
    ),
  };
  for (const [key, value] of Object.entries(outputs)) new CfnOutput(stack, key, { value });
}

/** Returns the name of the output for a settings key: `state-machine` → `StateMachine`. */
const outputName = (key: string): string => key.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
