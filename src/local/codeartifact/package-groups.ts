import type { Domain } from '../domains/domain.ts';
import {
  type OriginMode,
  type OriginType,
  originTypes,
  type Settings,
  type StoredGroup,
} from '../domains/domain-settings.ts';
import { stackNames } from '../names.ts';
import {
  effectiveMode,
  groupOfProject,
  newGroup,
  parentOf,
  parsePattern,
  rootPattern,
} from '../packages/package-groups.ts';
import { arnOf } from './arns.ts';
import {
  conflict,
  invalid,
  isRepository,
  missing,
  type Parameters,
  packageOf,
  pageOf,
  required,
} from './parameters.ts';

type Names = Pick<Domain, 'name' | 'createdTime'>;

/** Returns the pattern of a group that exists. The body of some calls names it, and the query of others. */
function existing(settings: Settings, pattern: string): string {
  if (pattern === rootPattern || Object.hasOwn(settings.groups, pattern)) return pattern;
  throw missing('package-group', pattern);
}

function patternIn({ body }: Parameters): string {
  const { packageGroup } = body;
  if (typeof packageGroup !== 'string' || packageGroup.length > 520 || !parsePattern(packageGroup)) {
    throw invalid('`packageGroup` must be `/*`, `/pypi/*`, `/pypi//*`, `/pypi//<name>~` or `/pypi//<name>$`');
  }
  return packageGroup;
}

function textIn({ body }: Parameters, name: 'description' | 'contactInfo'): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > 1000)
    throw invalid(`\`${name}\` must be a text of at most 1000 characters`);
  return value;
}

const storedOf = (settings: Settings, pattern: string, { createdTime }: Names): StoredGroup =>
  settings.groups[pattern] ?? newGroup(pattern, createdTime);

function describe(settings: Settings, pattern: string, domain: Names) {
  const { createdTime, description, contactInfo, allowed } = storedOf(settings, pattern, domain);
  const reference = (text: string) => ({ arn: arnOf('package-group', `${domain.name}${text}`), pattern: text });
  const parent = parentOf(settings, pattern);
  const restrictions = originTypes.map((type) => {
    const { from, ...modes } = effectiveMode(settings, pattern, type);
    const inherited = from === pattern ? {} : { inheritedFrom: reference(from) };
    return [type, { ...modes, ...inherited, repositoriesCount: allowed[type].length }];
  });
  return {
    ...reference(pattern),
    ...{ domainName: domain.name, domainOwner: stackNames.owner, createdTime: createdTime / 1000 },
    ...{ description, contactInfo },
    originConfiguration: { restrictions: Object.fromEntries(restrictions) },
    ...(parent === undefined ? {} : { parent: reference(parent) }),
  };
}

const withGroup = (settings: Settings, pattern: string, group: StoredGroup): Settings => ({
  ...settings,
  groups: { ...settings.groups, [pattern]: group },
});

/** Answers CreatePackageGroup. */
export function createPackageGroup(parameters: Parameters, domain: Domain, now: number): Promise<unknown> {
  const pattern = patternIn(parameters);
  const texts = { description: textIn(parameters, 'description'), contactInfo: textIn(parameters, 'contactInfo') };
  return domain.settings.change((settings) => {
    if (pattern === rootPattern || settings.groups[pattern]) throw conflict('package-group', pattern);
    const changed = withGroup(settings, pattern, { ...newGroup(pattern, now), ...texts });
    return { settings: changed, result: { packageGroup: describe(changed, pattern, domain) } };
  });
}

/** Answers UpdatePackageGroup, which changes the description and the contact. */
export function updatePackageGroup(parameters: Parameters, domain: Domain): Promise<unknown> {
  const pattern = patternIn(parameters);
  const [description, contactInfo] = [textIn(parameters, 'description'), textIn(parameters, 'contactInfo')];
  return domain.settings.change((settings) => {
    const group = storedOf(settings, existing(settings, pattern), domain);
    const changed = withGroup(settings, pattern, {
      ...group,
      description: description ?? group.description,
      contactInfo: contactInfo ?? group.contactInfo,
    });
    return { settings: changed, result: { packageGroup: describe(changed, pattern, domain) } };
  });
}

/** Answers DescribePackageGroup. */
export async function describePackageGroup(parameters: Parameters, domain: Domain): Promise<unknown> {
  const settings = await domain.settings.read();
  return { packageGroup: describe(settings, existing(settings, required(parameters, 'package-group')), domain) };
}

/** Answers DeletePackageGroup. The projects of the group belong to its parent then. */
export function deletePackageGroup(parameters: Parameters, domain: Domain): Promise<unknown> {
  const pattern = required(parameters, 'package-group');
  if (pattern === rootPattern) throw invalid('the root package group cannot be deleted');
  return domain.settings.change((settings) => {
    const result = { packageGroup: describe(settings, existing(settings, pattern), domain) };
    const { [pattern]: _, ...groups } = settings.groups;
    return { settings: { ...settings, groups }, result };
  });
}

/** Answers ListPackageGroups, and ListSubPackageGroups with the groups whose parent is the given one. */
export async function listPackageGroups(parameters: Parameters, domain: Domain, parent?: string): Promise<unknown> {
  const settings = await domain.settings.read();
  if (parent !== undefined) existing(settings, parent);
  const prefix = parameters.query.get('prefix') ?? '';
  const patterns = [...new Set([rootPattern, ...Object.keys(settings.groups)])].toSorted();
  const matching = patterns.filter(
    (pattern) => pattern.startsWith(prefix) && (parent === undefined || parentOf(settings, pattern) === parent),
  );
  const { items, nextToken } = pageOf(parameters, matching);
  return { packageGroups: items.map((pattern) => describe(settings, pattern, domain)), nextToken };
}

/** Answers GetAssociatedPackageGroup. */
export async function getAssociatedPackageGroup(parameters: Parameters, domain: Domain): Promise<unknown> {
  const settings = await domain.settings.read();
  const pattern = groupOfProject(settings, packageOf(parameters));
  return { packageGroup: describe(settings, pattern, domain), associationType: 'STRONG' };
}

/** Answers ListAssociatedPackages with the packages of every repository. `preview` allows a group that doesn't exist. */
export async function listAssociatedPackages(parameters: Parameters, domain: Domain): Promise<unknown> {
  const pattern = required(parameters, 'package-group');
  const stored = await domain.settings.read();
  const isPreview = parameters.query.get('preview') === 'true';
  if (isPreview && !parsePattern(pattern)) throw invalid('`package-group` is not a pattern');
  const settings =
    isPreview && !stored.groups[pattern] && pattern !== rootPattern
      ? withGroup(stored, pattern, newGroup(pattern, domain.createdTime))
      : stored;
  existing(settings, pattern);
  const repositories = [stackNames.secure, stackNames.install, stackNames.store];
  const names = await Promise.all(repositories.map((repository) => domain.packages.list(repository)));
  const associated = [...new Set(names.flat())].toSorted().filter((name) => groupOfProject(settings, name) === pattern);
  const { items, nextToken } = pageOf(parameters, associated);
  return { packages: items.map((name) => ({ format: 'pypi', package: name, associationType: 'STRONG' })), nextToken };
}

const isOriginType = (value: unknown): value is OriginType => originTypes.some((type) => type === value);

/** Answers ListAllowedRepositoriesForGroup. */
export async function listAllowedRepositories(parameters: Parameters, domain: Domain): Promise<unknown> {
  const settings = await domain.settings.read();
  const pattern = existing(settings, required(parameters, 'package-group'));
  const type = required(parameters, 'originRestrictionType');
  if (!isOriginType(type)) throw invalid('`originRestrictionType` is unknown');
  const { items, nextToken } = pageOf(parameters, storedOf(settings, pattern, domain).allowed[type]);
  return { allowedRepositories: items, nextToken };
}

const modes: readonly unknown[] = ['ALLOW', 'ALLOW_SPECIFIC_REPOSITORIES', 'BLOCK', 'INHERIT'] satisfies OriginMode[];

function modesIn({ body }: Parameters, pattern: string): Partial<Record<OriginType, OriginMode>> {
  const entries = Object.entries(typeof body.restrictions === 'object' ? (body.restrictions ?? {}) : {});
  const isKnown = entries.every(([type, mode]) => isOriginType(type) && modes.includes(mode));
  if (!isKnown) throw invalid('`restrictions` has an unknown origin or mode');
  if (pattern === rootPattern && entries.some(([, mode]) => mode === 'INHERIT')) {
    throw invalid('the root package group has no parent to inherit from');
  }
  return Object.fromEntries(entries);
}

type AllowedRepository = { readonly repositoryName: string; readonly originRestrictionType: OriginType };

function allowedIn({ body }: Parameters, member: string): readonly AllowedRepository[] {
  const listed = body[member] ?? [];
  const isValid = (item: Partial<AllowedRepository> | null): item is AllowedRepository =>
    typeof item?.repositoryName === 'string' && isOriginType(item.originRestrictionType);
  if (!Array.isArray(listed) || !listed.every(isValid)) throw invalid(`\`${member}\` is not valid`);
  for (const { repositoryName } of listed)
    if (!isRepository(repositoryName)) throw missing('repository', repositoryName);
  return listed;
}

/** Answers UpdatePackageGroupOriginConfiguration. It decides about uploads, and about imports from the public index. */
export function updateOriginConfiguration(parameters: Parameters, domain: Domain): Promise<unknown> {
  const pattern = required(parameters, 'package-group');
  const modesToSet = modesIn(parameters, pattern);
  const [added, removed] = [
    allowedIn(parameters, 'addAllowedRepositories'),
    allowedIn(parameters, 'removeAllowedRepositories'),
  ];
  const namesIn = (list: readonly AllowedRepository[], type: OriginType) =>
    list.flatMap((item) => (item.originRestrictionType === type ? [item.repositoryName] : []));
  return domain.settings.change((settings) => {
    const group = storedOf(settings, existing(settings, pattern), domain);
    const allowed = originTypes.map((type) => {
      const without = new Set(namesIn(removed, type));
      return [
        type,
        [...new Set([...group.allowed[type], ...namesIn(added, type)])].filter((name) => !without.has(name)),
      ];
    });
    const updates = originTypes.map((type) => [type, { ADDED: namesIn(added, type), REMOVED: namesIn(removed, type) }]);
    const changed = withGroup(settings, pattern, {
      ...group,
      modes: { ...group.modes, ...modesToSet },
      allowed: Object.fromEntries(allowed),
    });
    const result = {
      packageGroup: describe(changed, pattern, domain),
      allowedRepositoryUpdates: Object.fromEntries(updates),
    };
    return { settings: changed, result };
  });
}
