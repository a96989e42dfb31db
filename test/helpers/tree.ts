import { sdist, wheel } from './distributions.ts';
import type { PackageIndex } from './package-index.ts';

/** The number of projects per depth: 33. `left`, `right` and `shared` make 36, and builds need four more. */
const widths = [1, 5, 8, 8, 7, 4] as const;
const sources = new Set(['tree-2-1', 'tree-3-4', 'tree-5-0']);

/**
 * Publishes a tree of 40 projects under `tree-0-0`, six levels deep. Three of them are sdists that need other projects
 * to be built, and only an older version of `left` is compatible with `right`.
 */
export async function publishTree(packageIndex: PackageIndex): Promise<{ root: string; projects: readonly string[] }> {
  const projects: string[] = [];
  const add = async (
    name: string,
    requires: readonly string[],
    buildRequires: readonly string[] = [],
    version = '1.0',
  ) => {
    if (!projects.includes(name)) projects.push(name);
    const project = { name, version, requires };
    packageIndex.publish(
      name,
      version,
      buildRequires.length > 0 ? await sdist({ ...project, buildRequires }) : wheel(project),
    );
  };
  for (const [depth, width] of widths.entries()) {
    for (let at = 0; at < width; at += 1) {
      const name = `tree-${depth}-${at}`;
      await add(name, requirementsOf(depth, at), sources.has(name) ? ['build-a', 'build-b>=1'] : []);
    }
  }
  await add('left', ['shared<2']);
  await add('left', ['shared>=2'], [], '2.0');
  await add('right', ['shared<2']);
  await add('shared', []);
  await add('shared', [], [], '2.0');
  await add('build-a', ['build-c']);
  await add('build-b', ['build-d']);
  await add('build-c', []);
  await add('build-d', ['build-c']);
  return { root: 'tree-0-0', projects };
}

/** Returns the requirements of a project. The projects of each level are distributed among those of the level above. */
function requirementsOf(depth: number, at: number): string[] {
  const childCount = widths[depth + 1] ?? 0;
  const width = widths[depth] ?? 1;
  const children = Array.from({ length: childCount }, (_, child) => child).filter((child) => child % width === at);
  const names = children.map((child) => `tree-${depth + 1}-${child}`);
  return depth === 0 ? [...names, 'left', 'right'] : names;
}
