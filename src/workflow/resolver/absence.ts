import { supportsPython } from '../../index/candidates.ts';
import { showRequirement } from '../../index/requirement.ts';
import type { ProjectName, Requirement, TargetEnvironment } from '../../index/types.ts';
import { satisfies } from '../../index/versions.ts';
import type { NotFoundCause, Refusal } from '../../vetting/types.ts';
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
  readonly isPrivate?: ((name: ProjectName) => boolean) | undefined;
};

type Fact = { readonly because: NotFoundCause; readonly detail: string };

/** The refusal for a requirement that no release satisfies here, with the fact that says why. */
export function absence(question: Absence): Refusal {
  const { project, requirement, parent, nearest, isPrivate } = question;
  const own = !project.exists && isPrivate?.(project.name) === true;
  const similarPackages = project.exists || own ? [] : (nearest?.(project.name) ?? []).slice(0, 3);
  const { because, detail } = own ? ownName(project.name) : describe(question, similarPackages);
  const by = parent === undefined ? '' : `, needed by ${parent}`;
  return {
    name: requirement.name,
    version: null,
    kind: 'NOT_FOUND',
    reasons: [],
    similarPackages,
    because,
    detail: `${detail}${by}`,
    fatal: false,
  };
}

/** No stranger's near name is offered for a name of one's own. */
function ownName(name: ProjectName): Fact {
  const detail = `\`${name}\` is one of your own names, and it is not published where it may come from`;
  return { because: 'private', detail };
}

function describe(question: Absence, similar: readonly string[]): Fact {
  const { project, requirement, constraints } = question;
  if (!project.exists) {
    const hint = similar.length === 0 ? '' : `; the nearest name is \`${similar[0]}\``;
    return { because: 'no-project', detail: `no index knows a project \`${project.name}\`${hint}` };
  }
  const [newest] = project.all;
  if (newest === undefined) return { because: 'no-release', detail: `\`${project.name}\` has no releases` };
  const asked = `\`${showRequirement({ ...requirement, extras: [], marker: undefined })}\``;
  const suits = (specifier: string) => (version: string) => satisfies(version, specifier, { prereleases: true });
  const satisfying = project.all.filter(({ version }) => suits(requirement.specifier)(version));
  if (satisfying.length === 0) {
    return { because: 'no-version', detail: `no release satisfies ${asked}; the newest is ${newest.version}` };
  }
  const unfit = satisfying.filter(({ best }) => best === undefined);
  if (unfit.length === satisfying.length) return { because: 'no-file', detail: describeUnfit(question, unfit) };
  if (constraints.length > 0) {
    const detail = `the constraint \`${constraints.join(',')}\` leaves no release for ${asked}`;
    return { because: 'constraint', detail };
  }
  const detail = `no release that may be taken satisfies ${asked}; the newest is ${newest.version}`;
  return { because: 'no-version', detail };
}

function describeUnfit({ project, environment }: Absence, unfit: Project['all']): string {
  const [first] = unfit;
  const release = `\`${project.name}\` ${first?.version ?? ''}`;
  const pythons = (first?.files ?? []).map(({ requiresPython }) => requiresPython);
  const { markers, target } = environment;
  const python = target?.version ?? markers.python_full_version ?? markers.python_version ?? '';
  const platform = target?.platforms?.join(', ') ?? environment.platform;
  const wanted = pythons.find((each) => !supportsPython(each, environment));
  const none = pythons.every((each) => !supportsPython(each, environment));
  if (none && wanted !== undefined) return `${release} needs Python ${wanted}; this is ${python}`;
  return `no file of ${release} fits Python ${python} on ${platform} and the chosen formats`;
}
