import { AwsFault } from '../http.ts';
import {
  checkFormat,
  conflict,
  invalid,
  isRepository,
  missing,
  type Parameters,
  repositoryOf,
  required,
} from './parameters.ts';

/** Returns the fault for a change of what the local stack sets up itself. It claims no effect that it does not have. */
function denied(message: string): AwsFault {
  return new AwsFault('AccessDeniedException', 403, message);
}

const noPermissions = 'the local stack has no permissions, so it takes no policies; its secret permits everything';

/** Answers the calls for the policy of a domain or a repository. There is none. */
export const permissionsPolicy = {
  ofDomain: (parameters: Parameters): never => {
    throw missing('permissions-policy', required(parameters, 'domain'));
  },
  ofRepository: (parameters: Parameters): never => {
    throw missing('permissions-policy', repositoryOf(parameters));
  },
  put: (parameters: Parameters): never => {
    if (parameters.query.has('repository')) repositoryOf(parameters);
    if (typeof parameters.body.policyDocument !== 'string') throw invalid('`policyDocument` is missing');
    throw denied(noPermissions);
  },
};

/** Answers CreateDomain and DeleteDomain. Each set of indexes has a domain. */
export const fixedDomain = {
  create: (parameters: Parameters, exists: boolean): never => {
    if (exists) throw conflict('domain', required(parameters, 'domain'));
    throw denied('the local stack creates a domain for each set of indexes that pip is configured with');
  },
  delete: (): never => {
    throw denied('`awspip local reset` deletes the domains of the local stack');
  },
};

const fixedRepositories =
  'the repositories of the local stack, their upstreams and their connection to the index are fixed';

/** Answers the calls that create, change or delete repositories. */
export const fixedRepository = {
  create: (parameters: Parameters): never => {
    const name = required(parameters, 'repository');
    if (isRepository(name)) throw conflict('repository', name);
    throw denied(fixedRepositories);
  },
  change: (parameters: Parameters): never => {
    repositoryOf(parameters);
    throw denied(fixedRepositories);
  },
};

/** Answers PublishPackageVersion, which CodeArtifact has for the format `generic` only. */
export function publishPackageVersion(parameters: Parameters): never {
  repositoryOf(parameters);
  checkFormat(parameters);
  throw invalid('only packages of the format `generic` are published by this call; upload with twine, uv or Poetry');
}
