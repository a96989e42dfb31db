import { normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import { AwsFault, type HttpRequest } from '../http.ts';
import { stackNames } from '../names.ts';
import { isStorableName } from '../packages/package-store.ts';

/** The query and the JSON body of a call. The functions below check each parameter that they return. */
export type Parameters = { readonly query: URLSearchParams; readonly body: Readonly<Record<string, unknown>> };

const repositories: readonly string[] = [stackNames.secure, stackNames.install, stackNames.store];

/**
 * Reads the parameters of a call.
 *
 * @throws {AwsFault} ValidationException when the body is not a JSON object.
 */
export async function parametersOf(request: HttpRequest): Promise<Parameters> {
  const text = (await request.body()).toString('utf8');
  if (text === '') return { query: request.query, body: {} };
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body))
      return { query: request.query, body: { ...body } };
  } catch {
    // Text that is not JSON gets the same fault as JSON that is not an object.
  }
  throw invalid('the body is not a JSON object');
}

/** Returns a ValidationException. */
export function invalid(message: string): AwsFault {
  return new AwsFault('ValidationException', 400, message, { reason: 'FIELD_VALIDATION_FAILED' });
}

/** Returns a ResourceNotFoundException. */
export function missing(resourceType: string, resourceId: string): AwsFault {
  return new AwsFault('ResourceNotFoundException', 404, `the ${resourceType} \`${resourceId}\` does not exist`, {
    resourceId,
    resourceType,
  });
}

/** Returns a ConflictException for something that exists. */
export function conflict(resourceType: string, resourceId: string): AwsFault {
  return new AwsFault('ConflictException', 409, `the ${resourceType} \`${resourceId}\` exists`, {
    resourceId,
    resourceType,
  });
}

/** Checks whether a name is that of a repository. */
export function isRepository(name: string): boolean {
  return repositories.includes(name);
}

/** Returns a query parameter. @throws {AwsFault} ValidationException when it is missing. */
export function required({ query }: Parameters, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw invalid(`the parameter \`${name}\` is missing`);
  return value;
}

/** Returns the name of the domain that a call names. @throws {AwsFault} ResourceNotFoundException for another account. */
export function domainOf(parameters: Parameters): string {
  // PutDomainPermissionsPolicy names the domain in its body.
  const { domain: inBody, domainOwner } = parameters.body;
  const domain = parameters.query.get('domain') || inBody;
  if (typeof domain !== 'string' || domain === '') throw invalid('the parameter `domain` is missing');
  const owner = parameters.query.get('domain-owner') ?? domainOwner ?? stackNames.owner;
  if (owner !== stackNames.owner) throw missing('domain', `${owner}/${domain}`);
  return domain;
}

/** Returns the repository that a call names. @throws {AwsFault} ResourceNotFoundException when it does not exist. */
export function repositoryOf(parameters: Parameters, parameter = 'repository'): string {
  const repository = required(parameters, parameter);
  if (!isRepository(repository)) throw missing('repository', repository);
  return repository;
}

/** Returns the package that a call names. The API accepts only normalized names. */
export function packageOf(parameters: Parameters): ProjectName {
  checkFormat(parameters);
  const name = required(parameters, 'package');
  if (!isStorableName(name)) throw missing('package', name);
  return normaliseName(name);
}

/** Checks that a call is for the format `pypi`. @throws {AwsFault} ValidationException otherwise. */
export function checkFormat(parameters: Parameters): void {
  const format = required(parameters, 'format');
  if (format !== 'pypi') throw invalid(`the local stack supports only the format \`pypi\`, not \`${format}\``);
}

const maxVersions = 100;

/** Returns `versions` of the body: 1 to 100 strings. */
export function versionsOf({ body }: Parameters): readonly string[] | undefined {
  const { versions } = body;
  if (versions === undefined || versions === null) return undefined;
  if (!Array.isArray(versions) || !versions.every((version) => typeof version === 'string')) {
    throw invalid('`versions` must be a list of strings');
  }
  if (versions.length === 0 || versions.length > maxVersions) {
    throw invalid(`\`versions\` must have 1 to ${maxVersions} members`);
  }
  return versions;
}

/** Returns `versionRevisions` of the body: the revision of each version. */
export function revisionsOf({ body }: Parameters): ReadonlyMap<string, string> | undefined {
  const revisions = body.versionRevisions;
  if (revisions === undefined || revisions === null) return undefined;
  const entries = typeof revisions === 'object' ? Object.entries(revisions) : [];
  if (entries.length === 0 || entries.length > maxVersions) {
    throw invalid(`\`versionRevisions\` must have 1 to ${maxVersions} members`);
  }
  return new Map(
    entries.map(([version, revision]) => {
      if (typeof revision !== 'string') throw invalid('the values of `versionRevisions` must be strings');
      return [version, revision];
    }),
  );
}

/** Returns one page of a list. The opaque token holds the number of items before the page. */
export function pageOf<T>(
  { query }: Parameters,
  items: readonly T[],
): { readonly items: readonly T[]; readonly nextToken?: string } {
  const max = query.get('max-results') === null ? 100 : Number(query.get('max-results'));
  if (!Number.isInteger(max) || max < 1 || max > 1000) throw invalid('`max-results` must be 1 to 1000');
  const token = query.get('next-token');
  const from = token === null ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isInteger(from) || from < 0) throw invalid('`next-token` is invalid');
  const hasMore = from + max < items.length;
  return {
    items: items.slice(from, from + max),
    ...(hasMore ? { nextToken: Buffer.from(`${from + max}`).toString('base64url') } : {}),
  };
}
