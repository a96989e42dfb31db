import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Permission } from './permissions.ts';
import type { ResourceArns } from './resource-arns.ts';

/** Acknowledges a finding of the rule pack with a reason. A finding without one fails a test. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

/** An ARN that is a wildcard or ends in one, and why it can't be narrower. */
export type Wildcard = { readonly arn: string; readonly reason: string };

/** Returns the wildcards among permissions, each with its reason. */
export function wildcardsOf(permissions: readonly Permission[], arns: ResourceArns): Wildcard[] {
  return permissions.flatMap(({ actions, resources, reason }) =>
    reason === undefined
      ? []
      : resources
          .flatMap((resource) => arns[resource])
          .map((arn) => ({ arn, reason: `${actions.join(', ')}: ${reason}` })),
  );
}

/** Acknowledges each wildcard separately, so that the rule pack still finds a new one. */
export function acknowledgeWildcards(construct: IConstruct, wildcards: readonly Wildcard[]): void {
  const byId = groupBy(wildcards, ({ arn }) => `AwsSolutions-IAM5[Resource::${arnText(construct, arn)}]`);
  for (const [id, group] of byId) acknowledge(construct, id, group.map(({ reason }) => reason).join('; '));
}

/** Returns an ARN as the rule pack shows it, with values that are known only at deployment in angle brackets. */
function arnText(construct: IConstruct, arn: string): string {
  return textOf(Stack.of(construct).resolve(arn));
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(textOf).join('');
  return `<${Array.isArray(attribute) ? attribute.join('.') : String(ref)}>`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
