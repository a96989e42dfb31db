import { indexFile } from './simple-file.ts';
import type { IndexFile, ProjectName, ProjectPage } from './types.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a JSON page (PEP 691 and its extensions), or returns the problem with it. */
export function parseJsonPage(body: string, url: string, name: ProjectName): ProjectPage | { problem: string } {
  const page = parseObject(body);
  if (page === undefined) return { problem: 'it is not a JSON object' };
  const version = object(page.meta)?.['api-version'];
  // PEP 629: clients must reject an unknown major version.
  if (version !== undefined && !/^1(\.\d+)?$/.test(String(version)))
    return { problem: `its API version is ${String(version).slice(0, 20)}` };
  if (!Array.isArray(page.files)) return { problem: 'it lists no files' };
  const files = page.files.flatMap((entry): IndexFile[] => {
    const file = readFile(object(entry), url);
    return file === undefined ? [] : [file];
  });
  const status = object(page['project-status'])?.status;
  return { name, files, status: typeof status === 'string' ? status.slice(0, 40) : undefined };
}

function readFile(entry: JsonObject | undefined, base: string): IndexFile | undefined {
  if (typeof entry?.url !== 'string' || typeof entry.filename !== 'string') return undefined;
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
