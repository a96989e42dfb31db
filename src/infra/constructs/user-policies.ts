import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards, wildcardsOf } from '../acknowledge.ts';
import type { InfraOptions } from '../options.ts';
import { type Permission, userPermissions } from '../permissions.ts';
import { statementsOf } from '../policy-statements.ts';
import type { ResourceArns } from '../resource-arns.ts';

const descriptions = {
  Developers: 'Install from secure-pypi, request vetting, read records',
  Pipelines: 'Install from secure-pypi in CI, request vetting',
  Approvers: 'The permissions of developers, and writing approvals',
  Administrators: 'The permissions of developers, and managing the policy file, secrets and archived releases',
} satisfies Record<keyof typeof userPermissions, string>;

/** Adds managed policies, which a company attaches to its own roles and permission sets. */
export function userPolicies(
  parent: Construct,
  options: InfraOptions,
  arns: ResourceArns,
): Record<string, ManagedPolicy> {
  const scope = new Construct(parent, 'People');
  const policies = Object.entries(userPermissions).map(([group, permissions]: [string, readonly Permission[]]) => {
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
