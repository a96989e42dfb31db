import { entryOf, type FunctionName } from '../../../src/infra/function-names.ts';
import type { Template } from '../../../src/infra/synthesize.ts';
import { stackNames, stateMachineArn } from '../../../src/local/names.ts';
import type { PackageIndex } from '../package-index.ts';
import type { Front } from './front.ts';
import { functionsOf, resolved } from './rights.ts';

type Surroundings = {
  readonly template: Template;
  readonly stackName: string;
  readonly world: PackageIndex;
  readonly front: Front;
};

/** A function's variables as the template has them, with the world in place of the internet. */
export function variablesOf(
  name: FunctionName,
  { template, stackName, world, front }: Surroundings,
): Record<string, string> {
  const properties = functionsOf(template).get(`${stackName}-${entryOf(name)}`)?.properties;
  const variables = Object.entries(properties?.Environment?.Variables ?? {}).map(([key, value]) => [
    key,
    resolved(value, template),
  ]);
  const of = (key: string) => world.environment[key] ?? '';
  const outside: Record<string, string> = {
    UPSTREAM_INDEX: of('PIP_INDEX_URL'),
    PYPI_URL: of('AWSPIP_PYPI_URL'),
    PYPISTATS_URL: of('AWSPIP_PYPISTATS_URL'),
    GITHUB_URL: of('AWSPIP_GITHUB_URL'),
    DEPS_DEV_URL: of('AWSPIP_DEPS_DEV_URL'),
    OSV_URL: of('AWSPIP_OSV_URL'),
    STATE_MACHINE_ARN: stateMachineArn,
  };
  const told = Object.fromEntries(variables as [string, string][]);
  for (const key of Object.keys(told)) told[key] = outside[key] ?? told[key] ?? '';
  return {
    ...told,
    AWS_ENDPOINT_URL: front.origin,
    AWS_ACCESS_KEY_ID: front.keyOf(name),
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_REGION: stackNames.region,
  };
}
