import { openSlices } from '../slices.ts';
import { splitFiles } from './json-entries.ts';
import { addFile, indexFile, TooManyFiles } from './simple-file.ts';
import type { IndexFile, ProjectName, ProjectPage } from './types.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Values of a page apart from its files, and of a smaller page. */
const maxValues = 4_000_000;
/** The files of a longer page are parsed one by one. */
const maxWholeLength = 8 * 1024 * 1024;
/** The largest entries known, with long digests and URLs, have a few thousand characters. */
const maxEntryLength = 262_144;

/** Parses a JSON page (PEP 691 and its extensions), or returns the problem with it. */
export async function parseJsonPage(
  body: string,
  url: string,
  name: ProjectName,
  isWanted: (filename: string) => boolean = () => true,
): Promise<ProjectPage | { problem: string }> {
  const split = body.length > maxWholeLength ? splitFiles(body) : undefined;
  const text = split?.rest ?? body;
  if (hasMoreValues(text, maxValues)) return { problem: `it has more than ${maxValues} values` };
  const page = parseObject(text);
  if (page === undefined) return { problem: 'it is not a JSON object' };
  const version = object(page.meta)?.['api-version'];
  // PEP 629: clients must reject an unknown major version.
  if (version !== undefined && !/^1(\.\d+)?$/.test(String(version)))
    return { problem: `its API version is ${String(version).slice(0, 20)}` };
  if (!Array.isArray(page.files)) return { problem: 'it lists no files' };
  const files: IndexFile[] = [];
  const slices = openSlices();
  try {
    for (const entry of split === undefined ? page.files : parseEach(split.entries)) {
      addFile(files, readFile(object(entry), url, isWanted));
      await slices.next();
    }
  } catch (error) {
    if (error instanceof TooManyFiles || error instanceof BadEntry) return { problem: error.message };
    throw error;
  }
  const status = object(page['project-status'])?.status;
  return { name, files, status: typeof status === 'string' ? status.slice(0, 40) : undefined };
}

class BadEntry extends Error {
  override readonly name = 'BadEntry';
}

/** @throws {BadEntry} */
function* parseEach(entries: Iterable<string>): Generator<unknown> {
  for (const entry of entries) {
    if (entry.length > maxEntryLength) throw new BadEntry(`an entry has more than ${maxEntryLength} characters`);
    try {
      yield JSON.parse(entry);
    } catch {
      throw new BadEntry('it is not a JSON object');
    }
  }
}

/** Checks whether a text may have more values than this. Its parser cannot be interrupted, so the check comes first. */
function hasMoreValues(text: string, max: number): boolean {
  if (text.length <= max) return false;
  let count = 0;
  for (const mark of [',', '[', '{']) {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
      count += 1;
      if (count > max) return true;
    }
  }
  return false;
}

function readFile(
  entry: JsonObject | undefined,
  base: string,
  isWanted: (filename: string) => boolean,
): IndexFile | undefined {
  if (typeof entry?.url !== 'string' || typeof entry.filename !== 'string') return undefined;
  if (!isWanted(entry.filename)) return undefined;
  const fields = {
    href: entry.url,
    filename: entry.filename,
    hashes: object(entry.hashes),
    requiresPython: entry['requires-python'],
    yanked: entry.yanked,
    size: entry.size,
    uploadTime: entry['upload-time'],
    // PEP 714: the new name takes precedence.
    coreMetadata: entry['core-metadata'] ?? entry['dist-info-metadata'],
  };
  return indexFile(fields, base);
}

function parseObject(body: string): JsonObject | undefined {
  try {
    return object(JSON.parse(body));
  } catch {
    return undefined;
  }
}

function object(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
