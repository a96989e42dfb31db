import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RequirementFile } from './find-requirement-files.ts';

/** Returns the absolute paths of files that a requirements file names as constraints (`-c`). */
export async function constraintFiles(files: readonly RequirementFile[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const { absolute, kind } of files) {
    if (kind !== 'requirements') continue;
    const text = await readFile(absolute, 'utf8').catch(() => '');
    for (const line of text.split(/\r?\n/)) {
      const name = /^\s*(?:-c\s*|--constraint[\s=]+)["']?([^\s"'#]+)/.exec(line)?.[1];
      if (name !== undefined) found.add(path.resolve(path.dirname(absolute), name));
    }
  }
  return found;
}
