import { type OriginControls, type Statement, sidPrefix } from './access-controls.ts';

/** What the function of access controls checks and writes. The template holds it as JSON. */
export type ControlsPlan = {
  readonly domain: string;
  readonly domainOwner: string;
  /** Statements of the domain's policy; absent for a domain whose policy stays unchanged. */
  readonly domainStatements?: readonly Statement[];
  readonly repositories: readonly PlannedRepository[];
  readonly groups: readonly OriginControls[];
};

/** An existing repository: where it must get packages from, and the statements of its policy. */
export type PlannedRepository = {
  readonly name: string;
  readonly upstreams: readonly string[];
  readonly externalConnections: readonly string[];
  readonly statements: readonly Statement[];
};

type Sources = Pick<PlannedRepository, 'upstreams' | 'externalConnections'>;

/** Returns why an existing repository can't take its part in the workflow; empty if it can. */
export function repositoryProblems(planned: PlannedRepository, found: Sources): string[] {
  const checks = [
    ['upstreams', found.upstreams, planned.upstreams],
    ['external connections', found.externalConnections, planned.externalConnections],
  ] as const;
  return checks
    .filter(([, has, needs]) => sorted(has).join() !== sorted(needs).join())
    .map(
      ([what, has, needs]) =>
        `the repository ${planned.name} has the ${what} ${list(has)}, but must have ${list(needs)}`,
    );
}

const sorted = (names: readonly string[]): string[] => [...names].sort();
const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : sorted(names).join(', '));

/**
 * Returns a policy with these statements in place of earlier ones of this stack. Statements of others stay.
 *
 * @param existing the current policy document as JSON; undefined if there is none
 * @returns the new document as JSON; undefined if it would have no statement
 */
export function mergePolicy(existing: string | undefined, statements: readonly Statement[]): string | undefined {
  const document = (existing === undefined ? {} : JSON.parse(existing)) as { Statement?: unknown };
  const found = document.Statement === undefined ? [] : [document.Statement].flat();
  const others = found.filter((statement) => !String((statement as { Sid?: unknown }).Sid).startsWith(sidPrefix));
  const all = [...others, ...statements];
  return all.length === 0 ? undefined : JSON.stringify({ Version: '2012-10-17', ...document, Statement: all });
}

const originTypes = {
  publish: 'PUBLISH',
  externalUpstream: 'EXTERNAL_UPSTREAM',
  internalUpstream: 'INTERNAL_UPSTREAM',
} as const;
type OriginType = (typeof originTypes)[keyof typeof originTypes];

/** A repository that a package group lists for an origin. */
export type AllowedRepository = { readonly repositoryName: string; readonly originRestrictionType: OriginType };

/** The types of origins in a package group's restrictions. */
export const allOriginTypes: readonly OriginType[] = Object.values(originTypes);

/** Returns the changes that give a package group exactly these origin controls. */
export function groupChanges({ allowed }: OriginControls, found: readonly AllowedRepository[]) {
  const restrictions = Object.fromEntries(
    Object.entries(originTypes).map(([origin, type]) => [
      type,
      allowed[origin as keyof typeof allowed].length === 0 ? 'BLOCK' : 'ALLOW_SPECIFIC_REPOSITORIES',
    ]),
  ) as Record<OriginType, 'BLOCK' | 'ALLOW_SPECIFIC_REPOSITORIES'>;
  const wanted = Object.entries(originTypes).flatMap(([origin, originRestrictionType]) =>
    allowed[origin as keyof typeof allowed].map((repositoryName) => ({ repositoryName, originRestrictionType })),
  );
  const without = (all: readonly AllowedRepository[], others: readonly AllowedRepository[]) =>
    all.filter((one) => !others.some((other) => key(other) === key(one)));
  return { restrictions, add: without(wanted, found), remove: without(found, wanted) };
}

const key = ({ repositoryName, originRestrictionType }: AllowedRepository): string =>
  `${originRestrictionType} ${repositoryName}`;
