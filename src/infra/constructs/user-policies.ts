import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards, wildcardsOf } from '../acknowledge.ts';
import { withKey } from '../key-permissions.ts';
import type { InfraOptions } from '../options.ts';
import { type Permission, publisherPermissions, userPermissions } from '../permissions.ts';
import { statementsOf } from '../policy-statements.ts';
import type { ResourceArns } from '../resource-arns.ts';

const descriptions = {
  Developers: 'Install from secure-pypi, request vetting, read records',
  Pipelines: 'Install from secure-pypi in CI, request vetting',
  Approvers: 'The permissions of developers, and writing approvals',
  Administrators: 'The permissions of developers, and managing the policy file, secrets and archived releases',
  Publishers: 'Publish projects with internal names to secure-pypi',
} satisfies Record<keyof typeof userPermissions | 'Publishers', string>;

/** Adds managed policies, which a company attaches to its own roles and permission sets. */
export function userPolicies(
  parent: Construct,
  options: InfraOptions,
  arns: ResourceArns,
): Record<string, ManagedPolicy> {
  const scope = new Construct(parent, 'People');
  const groups: Readonly<Record<string, readonly Permission[]>> = {
    ...userPermissions,
    ...(options.internalNames.length === 0 ? {} : { Publishers: publisherPermissions }),
  };
  const policies = Object.entries(groups).map(([group, ownPermissions]) => {
    const permissions = withKey(ownPermissions, { ...options, region: Stack.of(scope).region });
    const policy = new ManagedPolicy(scope, group, {
      managedPolicyName: `${options.name}-${group.toLowerCase()}`,
      description: descriptions[group as keyof typeof descriptions],
      statements: statementsOf(permissions, arns),
    });
    acknowledgeWildcards(policy, wildcardsOf(permissions, arns));
    return [group, policy] as const;
  });
  return Object.fromEntries(policies);
}
