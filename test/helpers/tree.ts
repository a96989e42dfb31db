import { sdist, wheel } from './distributions.ts';
import type { World } from './package-index.ts';

/** Projects per depth: 33 in all, with `left`, `right` and `shared` 36, and four more that only builds need. */
const widths = [1, 5, 8, 8, 7, 4] as const;
const sources = new Set(['tree-2-1', 'tree-3-4', 'tree-5-0']);

/**
 * A tree of 40 projects under `tree-0-0`: six deep, three of them sdists that need other projects to be built, and a
 * pair of which only an older `left` fits `right`.
 */
export async function publishTree(world: World): Promise<{ root: string; projects: readonly string[] }> {
  const projects: string[] = [];
  const add = async (
    name: string,
    requires: readonly string[],
    buildRequires: readonly string[] = [],
    version = '1.0',
  ) => {
    if (!projects.includes(name)) projects.push(name);
    const project = { name, version, requires };
    world.publish(
      name,
      version,
      buildRequires.length > 0 ? await sdist({ ...project, buildRequires }) : wheel(project),
    );
  };
  for (const [depth, width] of widths.entries()) {
    for (let at = 0; at < width; at += 1) {
      const name = `tree-${depth}-${at}`;
      await add(name, needs(depth, at), sources.has(name) ? ['build-a', 'build-b>=1'] : []);
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

/** Those of the next depth are shared out among those of this one. */
function needs(depth: number, at: number): string[] {
  const below = widths[depth + 1] ?? 0;
  const width = widths[depth] ?? 1;
  const own = Array.from({ length: below }, (_, child) => child).filter((child) => child % width === at);
  const names = own.map((child) => `tree-${depth + 1}-${child}`);
  return depth === 0 ? [...names, 'left', 'right'] : names;
}
