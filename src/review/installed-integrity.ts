import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readStart } from '../installers/installed-distributions.ts';
import { mapConcurrently } from '../map-concurrently.ts';

/** How the files of a distribution compare with its `RECORD` (PEP 376). */
export type Integrity = {
  /** Files whose bytes differ from their recorded digest, relative to the site folder; at most 20. */
  readonly changed: readonly string[];
  /** Files that are recorded and absent. */
  readonly missing: number;
  readonly checked: number;
};

const maxRecordBytes = 16 * 1024 * 1024;
const maxFiles = 100_000;
const maxFileBytes = 4 * 1024 * 1024 * 1024;
const maxChanged = 20;
const concurrent = 8;

/** Compares the files of a distribution with its `RECORD`. Undefined without one. */
export async function checkIntegrity(metadata: string, siteFolder: string): Promise<Integrity | undefined> {
  const record = await readStart(path.join(metadata, 'RECORD'), maxRecordBytes);
  if (record === undefined) return undefined;
  const rows = recordRows(record).slice(0, maxFiles);
  const results = await mapConcurrently(rows, concurrent, async ({ file, digest }) => {
    const found = await digestOf(path.resolve(siteFolder, file));
    return found === undefined ? 'missing' : found === digest ? 'same' : 'changed';
  });
  const changed = rows.filter((_, at) => results[at] === 'changed').map(({ file }) => file);
  return {
    changed: changed.slice(0, maxChanged),
    missing: results.filter((result) => result === 'missing').length,
    checked: rows.length,
  };
}

/** Returns the files of a `RECORD` that have a sha256. Compiled modules and the `RECORD` itself have none. */
export function recordRows(record: string): readonly { readonly file: string; readonly digest: string }[] {
  return record.split(/\r?\n/).flatMap((line) => {
    const [, quoted, plain, digest] = /^(?:"((?:[^"]|"")*)"|([^,"]*)),sha256=([\w-]{43})=?,\d*$/.exec(line) ?? [];
    const file = quoted === undefined ? plain : quoted.replaceAll('""', '"');
    return file === undefined || file === '' || digest === undefined ? [] : [{ file, digest }];
  });
}

/** Returns the sha256 of a file in base64url; undefined if it can't be read. */
async function digestOf(file: string): Promise<string | undefined> {
  const stats = await stat(file).catch(() => undefined);
  if (!stats?.isFile() || stats.size > maxFileBytes) return undefined;
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    return hash.digest('base64url');
  } catch {
    return undefined;
  }
}
