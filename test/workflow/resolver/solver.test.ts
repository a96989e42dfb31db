import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolve } from '../../../src/workflow/resolver/resolve.ts';
import { resolverInput } from './memory-index.ts';

/** By project `p0`… and version 1…: the required projects, each with the versions that satisfy the requirement. */
type Universe = readonly (readonly (readonly (readonly [project: number, versions: readonly number[]])[])[])[];

const universes = fc
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

function indexOf(all: Universe): Record<string, Record<string, string[]>> {
  const needs = (requirements: Universe[number][number]): string[] =>
    requirements.map(([project, versions]) => `p${project}${specifier(versions)}`);
  return Object.fromEntries(
    all.map((versions, project) => [
      `p${project}`,
      Object.fromEntries(versions.map((requirements, at) => [`${at + 1}`, needs(requirements)])),
    ]),
  );
}

type Picks = ReadonlyMap<number, number>;

/** Checks that all requirements of the picks are satisfied and that every pick is needed. */
function isValid(all: Universe, roots: readonly number[], picks: Picks): boolean {
  const reached = new Set(roots);
  for (const project of reached) {
    const requirements = all[project]?.[(picks.get(project) ?? 0) - 1];
    if (requirements === undefined) return false;
    for (const [other, versions] of requirements) {
      reached.add(other);
      if (!versions.includes(picks.get(other) ?? 0)) return false;
    }
  }
  return [...picks.keys()].every((project) => reached.has(project));
}

/** Searches for a solution by trying every combination. */
function exists(all: Universe, roots: readonly number[]): boolean {
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

test('the resolver finds a joint solution exactly when one exists, and it is valid', async () => {
  await fc.assert(
    fc.asyncProperty(universes, fc.uniqueArray(fc.nat(1), { minLength: 1 }), async (all, roots) => {
      const result = await resolve(resolverInput(indexOf(all), { roots: roots.map((root) => `p${root}`) }));
      const isJoint = result.outcome === 'solved' && result.notes.length === 0;
      expect(isJoint).toBe(exists(all, roots));
      if (!isJoint) return;
      const picks = new Map(result.releases.map(({ name, version }) => [Number(name.slice(1)), Number(version)]));
      expect(picks.size).toBe(result.releases.length);
      expect(isValid(all, roots, picks)).toBe(true);
    }),
    { numRuns: 600 },
  );
});

test('if the newest versions are compatible, they are the solution', async () => {
  await fc.assert(
    fc.asyncProperty(universes, async (all) => {
      const picks = new Map<number, number>();
      const waiting = [0];
      for (let project = waiting.pop(); project !== undefined; project = waiting.pop()) {
        const newest = all[project]?.length ?? 0;
        if (picks.has(project)) continue;
        picks.set(project, newest);
        for (const [other] of all[project]?.[newest - 1] ?? []) waiting.push(other);
      }
      fc.pre(isValid(all, [0], picks));
      const result = await resolve(resolverInput(indexOf(all), { roots: ['p0'] }));
      expect(new Map(result.releases.map(({ name, version }) => [Number(name.slice(1)), Number(version)]))).toEqual(
        picks,
      );
    }),
    { numRuns: 200 },
  );
});
