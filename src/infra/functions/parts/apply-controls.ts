import {
  type CodeartifactClient,
  CreatePackageGroupCommand,
  DescribeRepositoryCommand,
  GetDomainPermissionsPolicyCommand,
  GetRepositoryPermissionsPolicyCommand,
  ListAllowedRepositoriesForGroupCommand,
  PutDomainPermissionsPolicyCommand,
  PutRepositoryPermissionsPolicyCommand,
  UpdatePackageGroupOriginConfigurationCommand,
} from '@aws-sdk/client-codeartifact';
import { AwspipError } from '../../../errors.ts';
import type { OriginControls } from '../../access-controls.ts';
import {
  type AllowedRepository,
  allOriginTypes,
  type ControlsPlan,
  groupChanges,
  mergePolicy,
  type PlannedRepository,
  repositoryProblems,
} from '../../controls-plan.ts';
import type { CustomResourceRequest } from './custom-resource.ts';

export type ControlsAccess = {
  readonly client: CodeartifactClient;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
};

/** Returns the plan of a request, which the template holds as JSON. */
export const planOf = ({ ResourceProperties }: Pick<CustomResourceRequest, 'ResourceProperties'>): ControlsPlan =>
  JSON.parse(String(ResourceProperties.Plan)) as ControlsPlan;

const maxTries = 5;
const pauseMilliseconds = 5_000;

/**
 * Checks the existing repositories, and writes their policies and the domain's package groups. It can be repeated: the
 * result depends only on the plan and on the statements of others.
 *
 * @throws AwspipError `repository-unfit` (`configuration`) before it writes anything; errors of the SDK
 */
export async function applyControls(access: ControlsAccess, plan: ControlsPlan): Promise<void> {
  const problems = await Promise.all(plan.repositories.map((planned) => problemsOf(access, plan, planned)));
  if (problems.flat().length > 0) throw unfit(problems.flat());
  for (const planned of plan.repositories) await putRepositoryPolicy(access, plan, planned);
  if (plan.domainStatements !== undefined) await putDomainPolicy(access, plan, plan.domainStatements);
  for (const group of plan.groups) await putGroup(access, plan, group);
}

const domainOf = ({ domain, domainOwner }: ControlsPlan) => ({ domain, domainOwner });

async function problemsOf({ client }: ControlsAccess, plan: ControlsPlan, planned: PlannedRepository) {
  const command = new DescribeRepositoryCommand({ ...domainOf(plan), repository: planned.name });
  const { repository } = await client.send(command);
  return repositoryProblems(planned, {
    upstreams: (repository?.upstreams ?? []).map(({ repositoryName = '' }) => repositoryName),
    externalConnections: (repository?.externalConnections ?? []).map(
      ({ externalConnectionName = '' }) => externalConnectionName,
    ),
  });
}

async function putRepositoryPolicy(access: ControlsAccess, plan: ControlsPlan, planned: PlannedRepository) {
  const at = { ...domainOf(plan), repository: planned.name };
  await retried(access, ['ConflictException'], async () => {
    const policy = await orNone(access.client.send(new GetRepositoryPermissionsPolicyCommand(at)));
    const policyDocument = mergePolicy(policy?.document, planned.statements);
    if (policyDocument === undefined || policyDocument === policy?.document) return;
    const input = { ...at, policyDocument, policyRevision: policy?.revision };
    await access.client.send(new PutRepositoryPermissionsPolicyCommand(input));
  });
}

async function putDomainPolicy(
  access: ControlsAccess,
  plan: ControlsPlan,
  statements: NonNullable<ControlsPlan['domainStatements']>,
) {
  const at = domainOf(plan);
  await retried(access, ['ConflictException'], async () => {
    const policy = await orNone(access.client.send(new GetDomainPermissionsPolicyCommand(at)));
    const policyDocument = mergePolicy(policy?.document, statements);
    if (policyDocument === undefined || policyDocument === policy?.document) return;
    const input = { ...at, policyDocument, policyRevision: policy?.revision };
    await access.client.send(new PutDomainPermissionsPolicyCommand(input));
  });
}

/** Returns the policy of an answer; undefined if the resource has none, which CodeArtifact answers as an error. */
async function orNone<Policy>(answer: Promise<{ readonly policy?: Policy | undefined }>): Promise<Policy | undefined> {
  try {
    return (await answer).policy;
  } catch (error) {
    if (isNamed(error, ['ResourceNotFoundException'])) return undefined;
    throw error;
  }
}

/** Creates a package group, or takes over an existing one of the same pattern. */
async function putGroup(access: ControlsAccess, plan: ControlsPlan, group: OriginControls): Promise<void> {
  const at = { ...domainOf(plan), packageGroup: group.pattern };
  await access.client
    .send(new CreatePackageGroupCommand({ ...at, description: group.description }))
    .catch((error: unknown) => {
      if (!isNamed(error, ['ConflictException'])) throw error;
    });
  // The creation of a package group is eventually consistent.
  await retried(access, ['ResourceNotFoundException'], async () => {
    const { restrictions, add, remove } = groupChanges(group, await allowedRepositories(access, at));
    await access.client.send(
      new UpdatePackageGroupOriginConfigurationCommand({
        ...at,
        restrictions,
        addAllowedRepositories: [...add],
        removeAllowedRepositories: [...remove],
      }),
    );
  });
}

async function allowedRepositories(
  { client }: ControlsAccess,
  at: { readonly domain: string; readonly domainOwner: string; readonly packageGroup: string },
): Promise<AllowedRepository[]> {
  const found: AllowedRepository[] = [];
  for (const originRestrictionType of allOriginTypes) {
    let nextToken: string | undefined;
    do {
      const page = await client.send(
        new ListAllowedRepositoriesForGroupCommand({ ...at, originRestrictionType, nextToken }),
      );
      const names = page.allowedRepositories ?? [];
      found.push(...names.map((repositoryName) => ({ repositoryName, originRestrictionType })));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  return found;
}

async function retried(
  { sleep }: ControlsAccess,
  names: readonly string[],
  action: () => Promise<unknown>,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await action();
      return;
    } catch (error) {
      if (!isNamed(error, names) || tries === maxTries) throw error;
      await sleep(pauseMilliseconds);
    }
  }
}

function isNamed(error: unknown, names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

function unfit(problems: readonly string[]): AwspipError {
  return new AwspipError('repository-unfit', problems.join('; '), {
    exit: 'configuration',
    hint: 'change the repository with `aws codeartifact update-repository`, or let the stack create another one',
  });
}
