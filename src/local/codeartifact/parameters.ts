import { normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import { AwsFault, type Call } from '../http.ts';
import { stackNames } from '../names.ts';
import { isStorableName } from '../packages/store.ts';

/** A call's query and JSON body, checked as they are taken out. */
export type Parameters = { readonly query: URLSearchParams; readonly body: Readonly<Record<string, unknown>> };

const repositories: readonly string[] = [stackNames.secure, stackNames.install, stackNames.store];

export async function parametersOf(call: Call): Promise<Parameters> {
  const text = (await call.body()).toString('utf8');
  if (text === '') return { query: call.query, body: {} };
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body))
      return { query: call.query, body: { ...body } };
  } catch {
    // Told below.
  }
  throw invalid('the body is not a JSON object');
}

export function invalid(message: string): AwsFault {
  return new AwsFault('ValidationException', 400, message, { reason: 'FIELD_VALIDATION_FAILED' });
}

export function missing(resourceType: string, resourceId: string): AwsFault {
  return new AwsFault('ResourceNotFoundException', 404, `the ${resourceType} \`${resourceId}\` does not exist`, {
    resourceId,
    resourceType,
  });
}

export function required({ query }: Parameters, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw invalid(`the parameter \`${name}\` is missing`);
  return value;
}

/** @throws {AwsFault} ResourceNotFoundException for any domain but ours. */
export function checkDomain(parameters: Parameters): void {
  const domain = required(parameters, 'domain');
  const owner = parameters.query.get('domain-owner') ?? stackNames.owner;
  if (domain !== stackNames.domain || owner !== stackNames.owner) throw missing('domain', `${owner}/${domain}`);
}

/** The repository named, of our domain. */
export function repositoryOf(parameters: Parameters, parameter = 'repository'): string {
  checkDomain(parameters);
  const repository = required(parameters, parameter);
  if (!repositories.includes(repository)) throw missing('repository', repository);
  return repository;
}

/** The package named; the API takes normalised names only. */
export function packageOf(parameters: Parameters): ProjectName {
  checkFormat(parameters);
  const name = required(parameters, 'package');
  if (!isStorableName(name)) throw missing('package', name);
  return normaliseName(name);
}

export function checkFormat(parameters: Parameters): void {
  const format = required(parameters, 'format');
  if (format !== 'pypi') throw invalid(`the format \`${format}\` is not imitated, only \`pypi\``);
}

const maxVersions = 100;

/** `versions` of the body: 1 to 100 texts. */
export function versionsOf({ body }: Parameters): readonly string[] | undefined {
  const { versions } = body;
  if (versions === undefined || versions === null) return undefined;
  if (!Array.isArray(versions) || !versions.every((one) => typeof one === 'string')) {
    throw invalid('`versions` is not a list of texts');
  }
  if (versions.length === 0 || versions.length > maxVersions) throw invalid('`versions` holds 1 to 100 versions');
  return versions;
}

/** `versionRevisions` of the body: version → revision. */
export function revisionsOf({ body }: Parameters): ReadonlyMap<string, string> | undefined {
  const revisions = body.versionRevisions;
  if (revisions === undefined || revisions === null) return undefined;
  const entries = typeof revisions === 'object' ? Object.entries(revisions) : [];
  if (entries.length === 0 || entries.length > maxVersions) throw invalid('`versionRevisions` holds 1 to 100 versions');
  return new Map(
    entries.map(([version, revision]) => {
      if (typeof revision !== 'string') throw invalid('`versionRevisions` holds something other than texts');
      return [version, revision];
    }),
  );
}

/** One page of a list, continued by an opaque token: how many items came before. */
export function pageOf<T>(
  { query }: Parameters,
  items: readonly T[],
): { readonly items: readonly T[]; readonly nextToken?: string } {
  const max = query.get('max-results') === null ? 100 : Number(query.get('max-results'));
  if (!Number.isInteger(max) || max < 1 || max > 1000) throw invalid('`max-results` is 1 to 1000');
  const token = query.get('next-token');
  const from = token === null ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isInteger(from) || from < 0) throw invalid('`next-token` is not one of ours');
  const rest = from + max < items.length;
  return {
    items: items.slice(from, from + max),
    ...(rest ? { nextToken: Buffer.from(`${from + max}`).toString('base64url') } : {}),
  };
}
