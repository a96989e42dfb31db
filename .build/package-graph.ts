import type { Metafile } from 'esbuild';
import { packageOf } from './bundled-packages.ts';

/** The project's own files, as a package. */
export const ownPackage = '';

/**
 * Returns which bundled packages each bundled package and the project import. A package whose code was shaken off, such
 * as one that only exports from others, stands for what it imports.
 */
export function packageGraph(
  { inputs }: Pick<Metafile, 'inputs'>,
  bundled: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const imports = new Map<string, Set<string>>();
  for (const [file, { imports: found }] of Object.entries(inputs)) {
    const from = packageOf(file) ?? ownPackage;
    const targets = imports.get(from) ?? new Set();
    for (const { path: to, external } of found) if (!external) targets.add(packageOf(to) ?? ownPackage);
    imports.set(from, targets);
  }
  const stays = (name: string): boolean => name === ownPackage || bundled.has(name);
  return new Map([...imports.keys()].filter(stays).map((name) => [name, followed(name, imports, stays)]));
}

function followed(
  name: string,
  imports: ReadonlyMap<string, ReadonlySet<string>>,
  stays: (name: string) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const target of imports.get(next) ?? []) {
      if (target === name || seen.has(target)) continue;
      seen.add(target);
      if (stays(target)) found.add(target);
      else open.push(target);
    }
  }
  return found;
}
