import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type AccessPolicies, controlsEntry, type OriginControls } from '../access-controls.ts';
import type { ControlsPlan, PlannedRepository } from '../controls-plan.ts';
import type { InfraOptions } from '../options.ts';
import { controlsPermissions } from '../permissions.ts';
import { ownerOf, type ResourceArns } from '../resource-arns.ts';
import { type ExistingNetwork, lambdaFunction } from './function.ts';

export type ExistingControlsParts = {
  readonly options: InfraOptions;
  readonly policies: AccessPolicies;
  readonly groups: readonly OriginControls[];
  readonly arns: ResourceArns;
  readonly network: ExistingNetwork | undefined;
  readonly code: Code;
};

/**
 * Adds a function that CloudFormation calls to put the policies and package groups on a domain and repositories that
 * exist already. Absent if the stack creates all of them.
 */
export function existingControls(parent: Construct, parts: ExistingControlsParts): void {
  const { options, arns, network, code } = parts;
  const plan = planOf(parent, parts);
  if (plan === undefined) return;
  const scope = new Construct(parent, 'ExistingControls');
  const { handler } = lambdaFunction(scope, {
    name: 'AccessControls',
    entry: controlsEntry,
    configuration: {
      seconds: Duration.minutes(5).toSeconds(),
      memory: 512,
      description: 'Puts the policies and origin controls on existing repositories',
    },
    options,
    code,
    permissions: controlsPermissions({
      repositories: plan.repositories.length > 0,
      domain: plan.domainStatements !== undefined,
      groups: plan.groups.length > 0,
    }),
    arns,
    environment: { PROXY_URL: options.proxyUrl },
    network,
  });
  new CustomResource(scope, 'Controls', {
    serviceToken: handler.functionArn,
    resourceType: 'Custom::AccessControls',
    serviceTimeout: Duration.minutes(10),
    properties: { Plan: Stack.of(scope).toJsonString(plan) },
  });
}

/** Returns what the function checks and writes; undefined for nothing. */
function planOf(scope: Construct, { options, policies, groups }: ExistingControlsParts): ControlsPlan | undefined {
  const repositories: PlannedRepository[] = [
    ...(options.existingStoreRepository
      ? [
          {
            name: options.storeRepository,
            upstreams: [],
            externalConnections: ['public:pypi'],
            statements: policies.store,
          },
        ]
      : []),
    ...(options.existingInstallRepository
      ? [
          {
            name: options.installRepository,
            upstreams: [options.storeRepository],
            externalConnections: [],
            statements: policies.install,
          },
        ]
      : []),
    ...(options.existingSecureRepository
      ? [{ name: options.secureRepository, upstreams: [], externalConnections: [], statements: policies.secure }]
      : []),
  ];
  // The policy of a domain in another account belongs to that account.
  const ownsDomain = options.existingDomain && options.domainOwner === undefined;
  const domainStatements = ownsDomain && policies.domain.length > 0 ? policies.domain : undefined;
  const planned = options.existingDomain ? groups : [];
  if (repositories.length === 0 && domainStatements === undefined && planned.length === 0) return undefined;
  return {
    domain: options.domain,
    domainOwner: ownerOf(scope, options),
    ...(domainStatements === undefined ? {} : { domainStatements }),
    repositories,
    groups: planned,
  };
}
