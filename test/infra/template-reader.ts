import type { Resource, Template } from '../../src/infra/synthesize.ts';

/** Returns the resources of one type, by logical id. */
export function ofType(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** Returns an ARN or name as text, with values that are known only at deployment between `<` and `>`. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, never>;
  if (ref !== undefined) return `<${ref}>`;
  if (attribute !== undefined) return `<${(attribute as string[]).join('.')}>`;
  if (join !== undefined) return (join as [string, unknown[]])[1].map(textOf).join('');
  return JSON.stringify(value);
}

type Statement = {
  /** The logical id of the resource with the policy. */
  readonly owner: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: unknown;
  readonly principal: unknown;
};

const list = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** Returns every statement of the template's identity and resource policies. */
export function statements(template: Template): Statement[] {
  return Object.entries(template.Resources).flatMap(([owner, { Properties = {} }]) => {
    const documents = [
      Properties.PolicyDocument,
      Properties.PermissionsPolicyDocument,
      ...list(Properties.Policies as { PolicyDocument: unknown }[]).map((policy) => policy.PolicyDocument),
    ].filter((document) => document !== undefined);
    return documents.flatMap((document) =>
      list((document as { Statement: Record<string, unknown>[] }).Statement).map((statement) => ({
        owner,
        effect: String(statement.Effect),
        actions: list(statement.Action as string | string[]),
        resources: list(statement.Resource).map(textOf),
        condition: statement.Condition,
        principal: statement.Principal,
      })),
    );
  });
}
