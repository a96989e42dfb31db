import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards, wildcardsOf } from '../acknowledge.ts';
import type { InfraOptions } from '../options.ts';
import { statementsOf } from '../policies.ts';
import type { ResourceArns } from '../repository-names.ts';
import { peopleRights, type Right } from '../rights.ts';

const descriptions = {
  Developers: 'Install from secure-pypi, ask for vetting, read records',
  Pipelines: 'Install from secure-pypi in CI, ask for vetting',
  Approvers: 'What developers may, and writing approvals',
  Administrators: 'What developers may, the policy file, secrets, switching releases off and on',
} satisfies Record<keyof typeof peopleRights, string>;

/** Managed policies to attach to a company's own roles and permission sets. */
export function people(parent: Construct, options: InfraOptions, arns: ResourceArns): Record<string, ManagedPolicy> {
  const scope = new Construct(parent, 'People');
  const made = Object.entries(peopleRights).map(([who, rights]: [string, readonly Right[]]) => {
    const policy = new ManagedPolicy(scope, who, {
      managedPolicyName: `${options.name}-${who.toLowerCase()}`,
      description: descriptions[who as keyof typeof descriptions],
      statements: statementsOf(rights, arns),
    });
    acknowledgeWildcards(policy, wildcardsOf(rights, arns));
    return [who, policy] as const;
  });
  return Object.fromEntries(made);
}
