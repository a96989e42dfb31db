import { entryOf, type FunctionName } from '../../../src/infra/function-names.ts';
import type { Template } from '../../../src/infra/synthesize.ts';
import type { PackageIndex } from '../package-index.ts';
import { stackNames, stateMachineArn } from '../stack-names.ts';
import type { AwsGateway } from './aws-gateway.ts';
import { functionsOf, resolved } from './permissions.ts';

type VariableSources = {
  readonly template: Template;
  readonly stackName: string;
  readonly packageIndex: PackageIndex;
  readonly gateway: AwsGateway;
  /** The name by which the gateway knows the function; by default the function's. */
  readonly caller?: string;
  /** The indexes in place of those of the template, as JSON. */
  readonly indexes?: string;
};

/** Returns a function's environment variables from the template, with the test's addresses for public services. */
export function variablesOf(
  name: FunctionName,
  { template, stackName, packageIndex, gateway, caller = name, indexes = '[]' }: VariableSources,
): Record<string, string> {
  const properties = functionsOf(template).get(`${stackName}-${entryOf(name)}`)?.properties;
  const variables = Object.entries(properties?.Environment?.Variables ?? {}).map(([key, value]) => [
    key,
    resolved(value, template),
  ]);
  const variableOf = (key: string) => packageIndex.environment[key] ?? '';
  const replacements: Record<string, string> = {
    UPSTREAM_INDEX: variableOf('PIP_INDEX_URL'),
    PYPI_URL: variableOf('AWSPIP_PYPI_URL'),
    PYPISTATS_URL: variableOf('AWSPIP_PYPISTATS_URL'),
    GITHUB_URL: variableOf('AWSPIP_GITHUB_URL'),
    DEPS_DEV_URL: variableOf('AWSPIP_DEPS_DEV_URL'),
    OSV_URL: variableOf('AWSPIP_OSV_URL'),
    STATE_MACHINE_ARN: stateMachineArn,
    INDEXES: indexes,
  };
  const replaced = Object.fromEntries(variables as [string, string][]);
  for (const key of Object.keys(replaced)) replaced[key] = replacements[key] ?? replaced[key] ?? '';
  return {
    ...replaced,
    AWS_ENDPOINT_URL: gateway.origin,
    AWS_ACCESS_KEY_ID: gateway.keyOf(caller),
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_REGION: stackNames.region,
  };
}
