import { suitsPython } from '../../index/candidates.ts';
import { showRequirement } from '../../index/requirement.ts';
import type { ProjectName, Requirement, TargetEnvironment } from '../../index/types.ts';
import { satisfies } from '../../index/versions.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { Project } from './catalogue.ts';

/** Why nothing on the index will do for a requirement. */
type Absence = {
  readonly project: Project;
  readonly requirement: Requirement;
  /** `name version` of what needs it; undefined for the command line. */
  readonly parent?: string | undefined;
  readonly constraints: readonly string[];
  readonly environment: TargetEnvironment;
  readonly nearest?: ((name: ProjectName) => readonly string[]) | undefined;
};

/** The refusal for a requirement that no release satisfies here, with the fact that says why. */
export function absence(question: Absence): Refusal {
  const { project, requirement, parent, nearest } = question;
  const similarPackages = project.exists ? [] : (nearest?.(project.name) ?? []).slice(0, 3);
  const by = parent === undefined ? '' : `, needed by ${parent}`;
  return {
    name: requirement.name,
    version: null,
    kind: 'NOT_FOUND',
    reasons: [],
    similarPackages,
    detail: `${describe(question, similarPackages)}${by}`,
    fatal: false,
  };
}

function describe(question: Absence, similar: readonly string[]): string {
  const { project, requirement, constraints } = question;
  if (!project.exists) {
    const hint = similar.length === 0 ? '' : `; the nearest name is \`${similar[0]}\``;
    return `no index knows a project \`${project.name}\`${hint}`;
  }
  const [newest] = project.all;
  if (newest === undefined) return `\`${project.name}\` has no releases`;
  const asked = `\`${showRequirement({ ...requirement, extras: [], marker: undefined })}\``;
  const suits = (specifier: string) => (version: string) => satisfies(version, specifier, { prereleases: true });
  const satisfying = project.all.filter(({ version }) => suits(requirement.specifier)(version));
  if (satisfying.length === 0) return `no release satisfies ${asked}; the newest is ${newest.version}`;
  const unfit = satisfying.filter(({ best }) => best === undefined);
  if (unfit.length === satisfying.length) return describeUnfit(question, unfit);
  if (constraints.length > 0) return `the constraint \`${constraints.join(',')}\` leaves no release for ${asked}`;
  return `no release that may be taken satisfies ${asked}; the newest is ${newest.version}`;
}

function describeUnfit({ project, environment }: Absence, unfit: Project['all']): string {
  const [first] = unfit;
  const release = `\`${project.name}\` ${first?.version ?? ''}`;
  const pythons = (first?.files ?? []).map(({ requiresPython }) => requiresPython);
  const python = environment.markers.python_full_version ?? environment.markers.python_version ?? '';
  const wanted = pythons.find((each) => !suitsPython(each, environment));
  const none = pythons.every((each) => !suitsPython(each, environment));
  if (none && wanted !== undefined) return `${release} needs Python ${wanted}; this is ${python}`;
  return `no file of ${release} fits Python ${python} on ${environment.platform} and the chosen formats`;
}
