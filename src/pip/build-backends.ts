import * as v from 'valibot';
import { parseRequirement } from '../index/requirement.ts';

/** What decides which requirements a build backend adds to those in `[build-system] requires`. */
export type BuildQuestion = {
  /** `[build-system] build-backend`; undefined means setuptools (PEP 517). */
  readonly backend: string | undefined;
  readonly requires: readonly string[];
  /** Whether the project is installed with `-e` (PEP 660). */
  readonly editable: boolean;
  /** The `[tool]` table of the project. */
  readonly tool: unknown;
};

/**
 * Returns the requirements that a backend asks for when it is asked (`get_requires_for_build_*`, PEP 517 and 660). pip
 * installs them after `[build-system] requires`. Known are hatchling 1.27, setuptools 40.8 to 82, and pdm-backend 2.4;
 * flit-core and poetry-core ask for nothing.
 */
export function backendRequirements({ backend, requires, editable, tool }: BuildQuestion): readonly string[] {
  switch (backend) {
    case 'hatchling.build':
      return [...hatchDependencies(tool), ...(editable ? ['editables~=0.3'] : [])];
    case 'pdm.backend':
      return editable && usesEditables(tool) ? ['editables'] : [];
    case undefined:
    case 'setuptools.build_meta':
    case 'setuptools.build_meta:__legacy__':
      return mayTakeOldSetuptools(requires) ? ['wheel'] : [];
    default:
      return [];
  }
}

const texts = v.fallback(v.array(v.string()), []);
const target = v.fallback(v.object({ dependencies: texts }), { dependencies: [] });
const hatch = v.object({
  hatch: v.object({
    build: v.object({
      dependencies: texts,
      hooks: v.fallback(v.record(v.string(), target), {}),
      targets: v.fallback(
        v.record(
          v.string(),
          v.fallback(v.object({ dependencies: texts, hooks: v.fallback(v.record(v.string(), target), {}) }), {
            dependencies: [],
            hooks: {},
          }),
        ),
        {},
      ),
    }),
  }),
});

/** https://hatch.pypa.io/latest/config/build/#dependencies */
function hatchDependencies(tool: unknown): readonly string[] {
  const read = v.safeParse(hatch, tool);
  if (!read.success) return [];
  const { dependencies, hooks, targets } = read.output.hatch.build;
  const { wheel } = targets;
  const tables = [...Object.values(hooks), ...(wheel === undefined ? [] : [wheel, ...Object.values(wheel.hooks)])];
  return [...dependencies, ...tables.flatMap((table) => table.dependencies)];
}

const pdm = v.object({ pdm: v.object({ build: v.object({ 'editable-backend': v.literal('editables') }) }) });

/** https://backend.pdm-project.org/build_config/ */
function usesEditables(tool: unknown): boolean {
  return v.safeParse(pdm, tool).success;
}

/** setuptools asks for wheel up to 70.0, so only an upper bound can lead to one that does. */
function mayTakeOldSetuptools(requires: readonly string[]): boolean {
  return requires.some((text) => {
    const requirement = parseRequirement(text);
    return requirement?.name === 'setuptools' && /(?:<|==|~=)/.test(requirement.specifier);
  });
}
