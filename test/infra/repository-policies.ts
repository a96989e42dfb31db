import type { Statement } from '../../src/infra/access-controls.ts';
import type { ControlsPlan } from '../../src/infra/controls-plan.ts';
import type { Template } from '../../src/infra/synthesize.ts';
import { ofType, textOf } from './template-reader.ts';

export const account = '123456789012';
const region = 'eu-west-1';

/** Returns the plan of the function that puts policies on existing resources. */
export function planOf(template: Template): ControlsPlan {
  const [, { Properties }] = ofType(template, 'Custom::AccessControls')[0]!;
  return JSON.parse(deployed(textOf(Properties.Plan))) as ControlsPlan;
}

/** Replaces what is known only at deployment. */
const deployed = (text: string): string =>
  text
    .replaceAll('<AWS::Partition>', 'aws')
    .replaceAll('<AWS::AccountId>', account)
    .replaceAll('<AWS::Region>', region);

/** Returns the policies of the three repositories by name, whether the stack creates or manages them. */
export function repositoryPolicies(template: Template): ReadonlyMap<string, readonly Statement[]> {
  const created = ofType(template, 'AWS::CodeArtifact::Repository').map(([, { Properties }]) => {
    const text = JSON.stringify(Properties.PermissionsPolicyDocument?.Statement ?? [], (_, value) =>
      value !== null && typeof value === 'object' && 'Fn::Join' in value ? deployed(textOf(value)) : value,
    );
    return [Properties.RepositoryName as string, JSON.parse(text) as Statement[]] as const;
  });
  const existing =
    ofType(template, 'Custom::AccessControls').length === 0
      ? []
      : planOf(template).repositories.map(({ name, statements }) => [name, statements] as const);
  return new Map([...created, ...existing]);
}

/** A call of CodeArtifact. Everyone's own policies allow it. */
export type Call = {
  readonly by: string;
  readonly action: string;
  /** The name of a package; absent for actions on the repository. */
  readonly package?: string;
  readonly organization?: string;
};

/** Evaluates a repository's policy like IAM: a denial wins, and callers of other accounts need a permission. */
export function allows(template: Template, repository: string, call: Call): boolean {
  const fitting = (repositoryPolicies(template).get(repository) ?? []).filter(
    (statement) =>
      statement.Action.includes(`codeartifact:${call.action}`) &&
      isPrincipal(statement, call) &&
      isResource(statement, repository, call) &&
      conditionsHold(statement, call),
  );
  if (fitting.some(({ Effect }) => Effect === 'Deny')) return false;
  return call.by.includes(`:${account}:`) || fitting.some(({ Effect }) => Effect === 'Allow');
}

function isPrincipal({ Principal }: Statement, { by }: Call): boolean {
  return Principal === '*' || Principal.AWS.some((id) => by.includes(`::${id}:`));
}

function isResource({ Resource, NotResource }: Statement, repository: string, call: Call): boolean {
  const arn =
    call.package === undefined
      ? `arn:aws:codeartifact:${region}:${account}:repository/awspip/${repository}`
      : `arn:aws:codeartifact:${region}:${account}:package/awspip/${repository}/pypi//${call.package}`;
  const some = (patterns: string | readonly string[] = []) => [patterns].flat().some((pattern) => like(pattern, arn));
  return NotResource === undefined ? some(Resource) : !some(NotResource);
}

function conditionsHold({ Condition = {} }: Statement, { by, organization }: Call): boolean {
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const value = key === 'aws:PrincipalArn' ? by : organization;
      if (!/^(ArnNotLike|ArnEquals|StringEquals)$/.test(operator)) throw new Error(`unknown operator ${operator}`);
      const one = value !== undefined && [values].flat().some((pattern) => like(pattern, value));
      return operator === 'ArnNotLike' ? !one : one;
    }),
  );
}

function like(pattern: string, text: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(text);
}
