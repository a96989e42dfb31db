import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { normaliseName } from '../../src/index/names.ts';
import type { ProjectName, ProjectPage } from '../../src/index/types.ts';
import type { ObservedPage } from '../../src/relay/types.ts';

/** One captured run: pip's output, the index's requests and responses, and the projects that are truly missing. */
export type Capture = {
  readonly pip: string;
  readonly case: string;
  readonly python: string;
  readonly argv: readonly string[];
  readonly exit: number;
  readonly requests: readonly (readonly [path: string, status: number | string])[];
  readonly stderr: string;
  readonly missing: readonly string[];
  readonly hidden: readonly string[];
};

type ListedFile = {
  readonly filename: string;
  readonly sha256: string;
  readonly rp: string | null;
  readonly yanked: string | null;
};

const directory = new URL('../fixtures/pip-captures/', import.meta.url);
const pageFiles: Readonly<Record<string, readonly ListedFile[]>> = JSON.parse(
  readFileSync(new URL('pages.json', directory), 'utf8'),
);

export function readCaptures(): Capture[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json.gz'))
    .flatMap((name) => {
      const runs: Omit<Capture, 'pip'>[] = JSON.parse(gunzipSync(readFileSync(new URL(name, directory))).toString());
      return runs.map((run) => ({ ...run, pip: name.slice(0, -'.json.gz'.length) }));
    });
}

/** Returns what a relay would have recorded. A project found in one of several indexes counts as found. */
export function observedIn({ requests, hidden }: Capture): { pages: Map<ProjectName, ObservedPage> } {
  const pages = new Map<ProjectName, ObservedPage>();
  for (const [path, status] of requests) {
    const requestedName = /\/simple\/([^/]+)\/$/.exec(path)?.[1];
    if (requestedName === undefined || status === 302) continue;
    const name = normaliseName(requestedName);
    if (pages.get(name)?.status === 200) continue;
    const finalStatus = typeof status === 'number' ? status : 0;
    pages.set(
      name,
      finalStatus === 200 ? { status: finalStatus, page: pageOf(name, hidden) } : { status: finalStatus },
    );
  }
  return { pages };
}

function pageOf(name: ProjectName, hidden: readonly string[]): ProjectPage {
  const files = hidden.includes(name) ? [] : (pageFiles[name] ?? []);
  return {
    name,
    files: files.map(({ filename, sha256, rp, yanked }) => ({
      filename,
      url: `http://index.invalid/files/${filename}`,
      hashes: { sha256 },
      ...(rp !== null && { requiresPython: rp }),
      yanked: yanked === null ? false : yanked || true,
    })),
  };
}
