import type { Resource, Template } from '../../../src/infra/synthesize.ts';
import { stackNames } from '../stack-names.ts';
import type { AwsCall } from './aws-gateway.ts';

/** One action on one ARN, which may contain wildcards. */
export type Allowed = { readonly action: string; readonly arn: string };

const known: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': stackNames.region,
  'AWS::AccountId': stackNames.owner,
};

/** Returns a template's value as it is in the local stack's account. */
export function resolved(value: unknown, { Resources }: Template): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (Array.isArray(join))
    return (join[1] as unknown[]).map((part) => resolved(part, { Resources, Outputs: {} })).join('');
  if (typeof ref === 'string') return known[ref] ?? ref.toLowerCase();
  const [id = '', name = ''] = (attribute ?? []) as string[];
  const { Type: type, Properties: properties } = Resources[id] ?? { Type: '', Properties: {} };
  if (name !== 'Arn') return `<${id}.${name}>`;
  if (type === 'AWS::S3::Bucket') return `arn:aws:s3:::${id.toLowerCase()}`;
  if (type === 'AWS::Lambda::Function') return arnOf('lambda', `function:${properties.FunctionName}`);
  return `<${id}>`;
}

function arnOf(service: string, resource: string): string {
  return `arn:aws:${service}:${stackNames.region}:${stackNames.owner}:${resource}`;
}

/** Returns the ARN of a call's resource. */
export function arnOfCall({ action, resource, service = action.split(':')[0] ?? '' }: AwsCall): string {
  if (resource === '*') return '*';
  return service === 's3' ? `arn:aws:s3:::${resource}` : arnOf(service, resource);
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

type Document = { readonly Statement: readonly { Action: string | string[]; Resource: unknown; Effect: string }[] };

function allowedBy(documents: readonly Document[], template: Template): Allowed[] {
  return documents
    .flatMap(({ Statement }) => Statement)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Resource }) =>
      list(Action).flatMap((action) =>
        list(Resource).map((resource) => ({ action, arn: resolved(resource, template) })),
      ),
    );
}

/** Returns what a function's role or a managed policy allows. */
export function allowedTo(id: string, template: Template): Allowed[] {
  const inline = (template.Resources[id]?.Properties.Policies ?? []) as { readonly PolicyDocument: Document }[];
  const attached = Object.values(template.Resources)
    .filter(
      ({ Type, Properties }) => Type === 'AWS::IAM::Policy' && JSON.stringify(Properties.Roles).includes(`"${id}"`),
    )
    .map(({ Properties }) => Properties.PolicyDocument as Document);
  const own = template.Resources[id]?.Properties.PolicyDocument as Document | undefined;
  return allowedBy(
    [...inline.map(({ PolicyDocument }) => PolicyDocument), ...attached, ...(own ? [own] : [])],
    template,
  );
}

/** Actions of the Lambda runtime and of the agent: logs, traces, network interfaces, failed events, and messages. */
const runtimeActions = /^(logs|xray|ec2|sqs|ec2messages|ssmmessages):|^ssm:UpdateInstanceInformation$/;

/** Checks whether a permission allows a call. */
export function fits({ action, arn }: Allowed, call: AwsCall): boolean {
  if (action !== call.action) return false;
  const pattern = arn.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`).test(arnOfCall(call));
}

/** Returns the calls that no permission allows, and the permissions that no call used. */
export function compare(allowed: readonly Allowed[], calls: readonly AwsCall[]) {
  const text = ({ action, arn }: Allowed) => `${action} ${arn}`;
  const own = allowed.filter(({ action }) => !runtimeActions.test(action));
  const denied = calls
    // Nobody needs a permission for it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    .filter(({ action }) => action !== 'sts:GetCallerIdentity')
    .filter((call) => !own.some((right) => fits(right, call)))
    .map((call) => `${call.action} ${arnOfCall(call)}`);
  const unused = own.filter((right) => !calls.some((call) => fits(right, call))).map(text);
  return { denied: [...new Set(denied)].sort(), unused: [...new Set(unused)].sort() };
}

/** Returns the template's functions by name: their properties, and the logical id of their role. */
export function functionsOf(
  template: Template,
): ReadonlyMap<string, { readonly properties: Resource['Properties']; readonly role: string }> {
  const found = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  return new Map(
    found.map(({ Properties }) => [
      Properties.FunctionName as string,
      { properties: Properties, role: Properties.Role['Fn::GetAtt'][0] as string },
    ]),
  );
}
