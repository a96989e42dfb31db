import { supportsPython } from '../../index/candidates.ts';
import { showRequirement } from '../../index/requirement.ts';
import type { ProjectName, Requirement, TargetEnvironment } from '../../index/types.ts';
import { satisfies } from '../../index/versions.ts';
import type { NotFoundCause, Refusal } from '../../vetting/types.ts';
import type { Project } from './catalogue.ts';

/** The facts that explain why no release satisfies a requirement. */
type AbsenceInput = {
  readonly project: Project;
  readonly requirement: Requirement;
  /** `name version` of the release that needs it; undefined for a root. */
  readonly parent?: string | undefined;
  readonly constraints: readonly string[];
  readonly environment: TargetEnvironment;
  readonly nearest?: ((name: ProjectName) => readonly string[]) | undefined;
  readonly isPrivate?: ((name: ProjectName) => boolean) | undefined;
};

type Absence = { readonly because: NotFoundCause; readonly detail: string };

/** Returns the refusal of a requirement that no release satisfies, with its cause. */
export function absenceRefusal(input: AbsenceInput): Refusal {
  const { project, requirement, parent, nearest, isPrivate } = input;
  const isMissingPrivate = !project.exists && isPrivate?.(project.name) === true;
  const similarPackages = project.exists || isMissingPrivate ? [] : (nearest?.(project.name) ?? []).slice(0, 3);
  const { because, detail } = isMissingPrivate ? privateName(project.name) : describeAbsence(input, similarPackages);
  const neededBy = parent === undefined ? '' : `, needed by ${parent}`;
  return {
    name: requirement.name,
    version: null,
    kind: 'NOT_FOUND',
    reasons: [],
    similarPackages,
    because,
    detail: `${detail}${neededBy}`,
    fatal: false,
  };
}

/** An internal name gets no similar public name, which could be a dependency confusion attack. */
function privateName(name: ProjectName): Absence {
  const detail = `\`${name}\` is an internal name in the policy, and no index that may provide it has it`;
  return { because: 'private', detail };
}

function describeAbsence(input: AbsenceInput, similar: readonly string[]): Absence {
  const { project, requirement, constraints } = input;
  if (!project.exists) {
    const hint = similar.length === 0 ? '' : `; the most similar name is \`${similar[0]}\``;
    return { because: 'no-project', detail: `no index has a project \`${project.name}\`${hint}` };
  }
  const later = project.uploadedLater.filter((version) =>
    satisfies(version, requirement.specifier, { prereleases: true }),
  );
  const [newest] = project.all;
  const isEarlierMissing = !project.all.some(({ version }) =>
    satisfies(version, requirement.specifier, { prereleases: true }),
  );
  if (later.length > 0 && isEarlierMissing) {
    const detail = `every release that satisfies ${shown(requirement)} was uploaded later than the request allows, such as ${later[0]}`;
    return { because: 'uploaded-later', detail };
  }
  if (newest === undefined) return { because: 'no-release', detail: `\`${project.name}\` has no releases` };
  const requested = shown(requirement);
  const satisfying = project.all.filter(({ version }) =>
    satisfies(version, requirement.specifier, { prereleases: true }),
  );
  if (satisfying.length === 0) {
    return { because: 'no-version', detail: `no release satisfies ${requested}; the newest is ${newest.version}` };
  }
  const unfit = satisfying.filter(({ best }) => best === undefined);
  if (unfit.length === satisfying.length) return { because: 'no-file', detail: describeUnfit(input, unfit) };
  if (constraints.length > 0) {
    const detail = `the constraint \`${constraints.join(',')}\` leaves no release for ${requested}`;
    return { because: 'constraint', detail };
  }
  const detail = `no allowed release satisfies ${requested}; the newest is ${newest.version}`;
  return { because: 'no-version', detail };
}

function shown(requirement: Requirement): string {
  return `\`${showRequirement({ ...requirement, extras: [], marker: undefined })}\``;
}

function describeUnfit({ project, environment }: AbsenceInput, unfit: Project['all']): string {
  const [first] = unfit;
  const release = `\`${project.name}\` ${first?.version ?? ''}`;
  const pythons = (first?.files ?? []).map(({ requiresPython }) => requiresPython);
  const { markers, target } = environment;
  const python = target?.version ?? markers.python_full_version ?? markers.python_version ?? '';
  const platform = target?.platforms?.join(', ') ?? environment.platform;
  const requiredPython = pythons.find((specifier) => !supportsPython(specifier, environment));
  const fitsNone = pythons.every((specifier) => !supportsPython(specifier, environment));
  if (fitsNone && requiredPython !== undefined) return `${release} needs Python ${requiredPython}; this is ${python}`;
  return `no file of ${release} fits Python ${python} on ${platform} and the allowed formats`;
}
