import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { ResourceArns } from './repository-names.ts';
import type { Right } from './rights.ts';

/** Says why a finding of the rule pack stands. A finding without a reason fails a test. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

/** A resource that ends in a wildcard, or is one, and why it cannot be narrower. */
export type Wildcard = { readonly arn: string; readonly because: string };

/** The wildcards among rights, each with the reason that stands beside it. */
export function wildcardsOf(rights: readonly Right[], arns: ResourceArns): Wildcard[] {
  return rights.flatMap(({ actions, on, because }) =>
    because === undefined
      ? []
      : on.flatMap((resource) => arns[resource]).map((arn) => ({ arn, because: `${actions.join(', ')}: ${because}` })),
  );
}

/** Acknowledges each wildcard by itself: one that comes later is found. */
export function acknowledgeWildcards(construct: IConstruct, wildcards: readonly Wildcard[]): void {
  const byId = groupBy(wildcards, ({ arn }) => `AwsSolutions-IAM5[Resource::${shown(construct, arn)}]`);
  for (const [id, found] of byId) acknowledge(construct, id, found.map(({ because }) => because).join('; '));
}

/** An ARN as the rule pack shows it: what is only known on deployment between angle brackets. */
function shown(construct: IConstruct, arn: string): string {
  const resolved: unknown = Stack.of(construct).resolve(arn);
  if (typeof resolved === 'string') return resolved;
  const { 'Fn::Join': join } = resolved as { 'Fn::Join'?: [string, (string | { Ref: string })[]] };
  return (join?.[1] ?? []).map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
