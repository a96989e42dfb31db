import type { Resource, Template } from '../../src/infra/synthesize.ts';

/** Resources of one type, by logical id. */
export function ofType(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** An ARN or name as one readable text: what is only known on deployment between `<` and `>`. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, never>;
  if (ref !== undefined) return `<${ref}>`;
  if (attribute !== undefined) return `<${(attribute as string[]).join('.')}>`;
  if (join !== undefined) return (join as [string, unknown[]])[1].map(shown).join('');
  return JSON.stringify(value);
}

type Statement = {
  readonly where: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: unknown;
  readonly principal: unknown;
};

const list = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** Every statement of every policy of the template: of identities and of resources. */
export function statements(template: Template): Statement[] {
  return Object.entries(template.Resources).flatMap(([where, { Properties = {} }]) => {
    const documents = [
      Properties.PolicyDocument,
      Properties.PermissionsPolicyDocument,
      ...list(Properties.Policies as { PolicyDocument: unknown }[]).map((one) => one.PolicyDocument),
    ].filter((document) => document !== undefined);
    return documents.flatMap((document) =>
      list((document as { Statement: Record<string, unknown>[] }).Statement).map((one) => ({
        where,
        effect: String(one.Effect),
        actions: list(one.Action as string | string[]),
        resources: list(one.Resource).map(shown),
        condition: one.Condition,
        principal: one.Principal,
      })),
    );
  });
}
