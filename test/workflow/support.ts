import { setTimeout as sleep } from 'node:timers/promises';
import { AwspipError } from '../../src/errors.ts';
import type { Verdict } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { ProjectName } from '../../src/index/types.ts';
import type { VettingStore } from '../../src/vetting/store-types.ts';
import type { Refusal, ReleaseKey, RequestRecord } from '../../src/vetting/types.ts';
import type { ResolverAnswer, ResolverQuestion, WorkflowPorts } from '../../src/workflow/ports.ts';

export const verdict = (outcome: Verdict['outcome'], change: Partial<Verdict> = {}): Verdict => ({
  outcome,
  level: outcome === 'ALLOWED' ? 'Green' : outcome === 'HELD' ? 'Yellow' : 'Red',
  score: outcome === 'ALLOWED' ? { min: 0, max: 0 } : { min: 50, max: 50 },
  reasons: outcome === 'ALLOWED' ? [] : [{ text: 'Downloads < 300', points: 20 }],
  similarPackages: [],
  policyVersion: 'p1',
  findings: [],
  ...change,
});

type World = {
  /** Project → versions, newest first, each with its files (name → digest) and what it needs. */
  readonly upstream: Record<
    string,
    Record<string, { files?: Record<string, string>; needs?: string[]; uploaded?: string }>
  >;
  /** `name==version` → what the firewall says; ALLOWED unless said. */
  readonly verdicts: Record<string, Verdict | Error>;
  /** Called before each call to the outside; may delay or throw. */
  before(what: 'resolve' | 'assess' | 'ingest' | 'copy' | 'notify', id: string): Promise<void> | void;
  readonly journal: string[];
  readonly noticed: RequestRecord[];
};

/** A small world around the tasks: an index that is solved by taking the newest admissible version of everything. */
export function testWorld(store: VettingStore, now: () => number, given: Partial<World> = {}) {
  const world: World = { upstream: {}, verdicts: {}, before: () => undefined, journal: [], noticed: [], ...given };
  const call = async (what: Parameters<World['before']>[0], id: string) => {
    world.journal.push(`${what} ${id}`);
    await world.before(what, id);
  };
  const ports: WorkflowPorts = {
    store,
    resolve: async (question) => {
      await call('resolve', question.request.roots.join(' '));
      return solve(world, question);
    },
    async assess(release) {
      await call('assess', idOf(release));
      const said = world.verdicts[idOf(release)] ?? verdict('ALLOWED');
      if (said instanceof Error) throw said;
      return { verdict: said };
    },
    async ingest(release, judged) {
      await call('ingest', idOf(release));
      return { revision: `rev-${Object.keys(judged).length}`, sha256: filesOf(world, release) };
    },
    copy: async (release, revision) => call('copy', `${idOf(release)} ${revision}`),
    async notify(record) {
      await call('notify', record.status);
      world.noticed.push(record);
    },
    policy: { version: 'p1', cooldownSeconds: 3 * 86_400 },
    environmentOf: () => undefined,
    now,
    sleep: () => sleep(1),
    every(milliseconds, action) {
      const timer = setInterval(action, milliseconds);
      return () => clearInterval(timer);
    },
  };
  return { world, ports };
}

const idOf = ({ name, version }: ReleaseKey): string => `${name}==${version}`;

function filesOf({ upstream }: World, { name, version }: ReleaseKey): Record<string, string> {
  return upstream[name]?.[version]?.files ?? { [`${name}-${version}-py3-none-any.whl`]: 'd'.repeat(64) };
}

async function solve(world: World, { request, refused }: ResolverQuestion): Promise<ResolverAnswer> {
  const releases: ResolverAnswer['releases'][number][] = [];
  const refusals: Refusal[] = [];
  const seen = new Set<string>();
  const take = async (root: string, isRoot: boolean): Promise<void> => {
    const [project = '', pinned] = root.split('==');
    const name = normaliseName(project);
    if (seen.has(root)) return;
    seen.add(root);
    const versions = Object.keys(world.upstream[name] ?? {}).filter((version) => !pinned || version === pinned);
    for (const version of versions) {
      const found = world.upstream[name]?.[version];
      const refusal = await refused({ name, version }, found?.uploaded);
      if (refusal === undefined) {
        releases.push({ name, version, sha256: filesOf(world, { name, version }), uploadTime: found?.uploaded });
        for (const need of found?.needs ?? []) await take(need, isRoot);
        return;
      }
      refusals.push({ ...refusal, fatal: isRoot && version === versions.at(-1) });
    }
    if (versions.length === 0) refusals.push(notFound(name, isRoot));
  };
  for (const root of request.roots) await take(root, true);
  const fatal = refusals.filter((refusal) => refusal.fatal);
  const outcome =
    fatal.length === 0 ? 'solved' : fatal.some(({ kind }) => kind === 'NOT_FOUND') ? 'not-found' : 'refused';
  return { releases, refusals, outcome };
}

const notFound = (name: ProjectName, fatal: boolean): Refusal => ({
  name,
  version: null,
  kind: 'NOT_FOUND',
  reasons: [],
  similarPackages: [],
  fatal,
});

export const unavailable = (message: string) => new AwspipError('test', message, { exit: 'unavailable' });
