import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { normaliseName } from '../../src/index/names.ts';
import type { ProjectName, ProjectPage } from '../../src/index/types.ts';
import type { ObservedPage } from '../../src/relay/types.ts';

/** One captured run: what pip said, what the index was asked and answered, and the truth. */
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

type HeldFile = {
  readonly filename: string;
  readonly sha256: string;
  readonly rp: string | null;
  readonly yanked: string | null;
};

const folder = new URL('../fixtures/pip-captures/', import.meta.url);
const held: Readonly<Record<string, readonly HeldFile[]>> = JSON.parse(
  readFileSync(new URL('pages.json', folder), 'utf8'),
);

export function readCaptures(): Capture[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json.gz'))
    .flatMap((name) => {
      const runs: Omit<Capture, 'pip'>[] = JSON.parse(gunzipSync(readFileSync(new URL(name, folder))).toString());
      return runs.map((run) => ({ ...run, pip: name.slice(0, -'.json.gz'.length) }));
    });
}

/** What a relay in front of that index would have seen: a project found in one of several indexes is found. */
export function observedIn({ requests, hidden }: Capture): { pages: Map<ProjectName, ObservedPage> } {
  const pages = new Map<ProjectName, ObservedPage>();
  for (const [path, status] of requests) {
    const asked = /\/simple\/([^/]+)\/$/.exec(path)?.[1];
    if (asked === undefined || status === 302) continue;
    const name = normaliseName(asked);
    if (pages.get(name)?.status === 200) continue;
    const answer = typeof status === 'number' ? status : 0;
    pages.set(name, answer === 200 ? { status: answer, page: pageOf(name, hidden) } : { status: answer });
  }
  return { pages };
}

function pageOf(name: ProjectName, hidden: readonly string[]): ProjectPage {
  const files = hidden.includes(name) ? [] : (held[name] ?? []);
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
