import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolve } from '../../../src/workflow/resolver/resolve.ts';
import { question } from './memory-index.ts';

/** Projects `p0`…, versions 1…, each with what it needs: project → versions that will do. */
type World = readonly (readonly (readonly (readonly [project: number, versions: readonly number[]])[])[])[];

const world = fc
  .integer({ min: 2, max: 5 })
  .chain((projects) =>
    fc.array(
      fc.array(
        fc.uniqueArray(
          fc.tuple(
            fc.nat(projects - 1),
            fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
          ),
          { selector: ([project]) => project, maxLength: 3 },
        ),
        { minLength: 1, maxLength: 4 },
      ),
      { minLength: projects, maxLength: projects },
    ),
  );

function specifier(versions: readonly number[]): string {
  const excluded = [1, 2, 3, 4, 5].filter((version) => !versions.includes(version));
  return excluded.map((version) => `!=${version}`).join(',');
}

function indexOf(all: World): Record<string, Record<string, string[]>> {
  const needs = (wanted: World[number][number]): string[] =>
    wanted.map(([project, versions]) => `p${project}${specifier(versions)}`);
  return Object.fromEntries(
    all.map((versions, project) => [
      `p${project}`,
      Object.fromEntries(versions.map((wanted, at) => [`${at + 1}`, needs(wanted)])),
    ]),
  );
}

type Picks = ReadonlyMap<number, number>;

/** Whether everything chosen has what it needs, and nothing is chosen without need. */
function isValid(all: World, roots: readonly number[], picks: Picks): boolean {
  const reached = new Set(roots);
  for (const project of reached) {
    const wanted = all[project]?.[(picks.get(project) ?? 0) - 1];
    if (wanted === undefined) return false;
    for (const [other, versions] of wanted) {
      reached.add(other);
      if (!versions.includes(picks.get(other) ?? 0)) return false;
    }
  }
  return [...picks.keys()].every((project) => reached.has(project));
}

/** Tries every combination. */
function exists(all: World, roots: readonly number[]): boolean {
  const search = (project: number, picks: Map<number, number>): boolean => {
    if (project === all.length) {
      const needed = [...all.keys()].filter((each) => picks.get(each) !== 0);
      return isValid(all, roots, new Map(needed.map((each) => [each, picks.get(each) ?? 0])));
    }
    for (let version = 0; version <= (all[project]?.length ?? 0); version += 1) {
      if (search(project + 1, new Map(picks).set(project, version))) return true;
    }
    return false;
  };
  return search(0, new Map());
}

test('a joint solution is found exactly where there is one, and holds', async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.uniqueArray(fc.nat(1), { minLength: 1 }), async (all, roots) => {
      const answer = await resolve(question(indexOf(all), { roots: roots.map((root) => `p${root}`) }));
      const isJoint = answer.outcome === 'solved' && answer.notes.length === 0;
      expect(isJoint).toBe(exists(all, roots));
      if (!isJoint) return;
      const picks = new Map(answer.releases.map(({ name, version }) => [Number(name.slice(1)), Number(version)]));
      expect(picks.size).toBe(answer.releases.length);
      expect(isValid(all, roots, picks)).toBe(true);
    }),
    { numRuns: 600 },
  );
});

test('where the newest of everything goes together, that is the solution', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (all) => {
      const picks = new Map<number, number>();
      const waiting = [0];
      for (let project = waiting.pop(); project !== undefined; project = waiting.pop()) {
        const newest = all[project]?.length ?? 0;
        if (picks.has(project)) continue;
        picks.set(project, newest);
        for (const [other] of all[project]?.[newest - 1] ?? []) waiting.push(other);
      }
      fc.pre(isValid(all, [0], picks));
      const answer = await resolve(question(indexOf(all), { roots: ['p0'] }));
      expect(new Map(answer.releases.map(({ name, version }) => [Number(name.slice(1)), Number(version)]))).toEqual(
        picks,
      );
    }),
    { numRuns: 200 },
  );
});
