import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../..');

/** Reads what the last build wrote about dist: what each file contains and imports. */
export function readMetafile(): Metafile {
  return JSON.parse(readFileSync(path.join(root, '.build/out/metafile.json'), 'utf8')) as Metafile;
}
