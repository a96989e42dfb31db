import { AwspipError } from '../../src/errors.ts';
import type { Verdict } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, ProjectName } from '../../src/index/types.ts';
import type { VettingStore } from '../../src/vetting/store-types.ts';
import type { Refusal, ReleaseKey, RequestRecord } from '../../src/vetting/types.ts';
import type { FileVerdict, Resolution, ResolutionQuery, WorkflowPorts } from '../../src/workflow/ports.ts';

/** Returns a verdict with plausible facts for its outcome. */
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

type Service = 'resolve' | 'assess' | 'ingest' | 'imported' | 'inspect' | 'copy' | 'notify';

type Scenario = {
  /** Project → versions, newest first, each with its files (name → digest), the one that pip prefers (default the first), and requirements. */
  readonly upstream: Record<
    string,
    Record<string, { files?: Record<string, string>; prefers?: string; needs?: string[]; uploaded?: string }>
  >;
  /** `name==version` → the firewall's verdict or failure; ALLOWED by default. */
  readonly verdicts: Record<string, Verdict | Error>;
  /** Runs before each call of a service; may delay or throw. */
  before(service: Service, id: string): Promise<void> | void;
  /** `name==version` → file → its verdict, for files that are not allowed. */
  readonly fileVerdicts: Record<string, Record<string, FileVerdict>>;
  /** `name==version` of releases whose import has not finished. */
  readonly importing: Set<string>;
  /** `name==version` → the status in secure-pypi, for releases that are not published there. */
  readonly notPublished: Map<string, string | undefined>;
  readonly calls: string[];
  readonly notices: RequestRecord[];
};

/** Returns ports over a scenario. Its resolver chooses the newest allowed version of every project. */
export function preparePorts(store: VettingStore, now: () => number, overrides: Partial<Scenario> = {}) {
  const scenario: Scenario = {
    upstream: {},
    verdicts: {},
    fileVerdicts: {},
    importing: new Set(),
    notPublished: new Map(),
    before: () => undefined,
    calls: [],
    notices: [],
    ...overrides,
  };
  const call = async (service: Parameters<Scenario['before']>[0], id: string) => {
    scenario.calls.push(`${service} ${id}`);
    await scenario.before(service, id);
  };
  const ports: WorkflowPorts = {
    store,
    resolve: async (query) => {
      await call('resolve', query.request.roots.join(' '));
      return solve(scenario, query);
    },
    async assess(release) {
      await call('assess', idOf(release));
      const result = scenario.verdicts[idOf(release)] ?? verdict('ALLOWED');
      if (result instanceof Error) throw result;
      return { verdict: result };
    },
    requestImport: async (release) => call('ingest', idOf(release)),
    async imported(release) {
      await call('imported', idOf(release));
      const sha256 = filesOf(scenario, release);
      return scenario.importing.has(idOf(release))
        ? undefined
        : { revision: `rev-${Object.keys(sha256).length}`, sha256 };
    },
    async inspect(release, { sha256 }) {
      await call('inspect', idOf(release));
      const verdicts = scenario.fileVerdicts[idOf(release)] ?? {};
      return new Map(Object.keys(sha256).map((file) => [file, verdicts[file] ?? { status: 'ALLOWED', reasons: [] }]));
    },
    async inspectListed(release, { filename }) {
      await call('inspect', `${idOf(release)} ${filename}`);
      return scenario.fileVerdicts[idOf(release)]?.[filename] ?? { status: 'ALLOWED', reasons: [] };
    },
    copy: async (release, revision) => call('copy', `${idOf(release)} ${revision}`),
    secureStatus: async (release) =>
      scenario.notPublished.has(idOf(release)) ? scenario.notPublished.get(idOf(release)) : 'Published',
    async notify(record) {
      await call('notify', record.status);
      scenario.notices.push(record);
    },
    policy: { version: 'p1', cooldownSeconds: 3 * 86_400, withheldFiles: 'hide' },
    environmentOf: () => undefined,
    now,
    every(milliseconds, action) {
      const timer = setInterval(action, milliseconds);
      return () => clearInterval(timer);
    },
  };
  return { scenario, ports };
}

const idOf = ({ name, version }: ReleaseKey): string => `${name}==${version}`;

function filesOf({ upstream }: Scenario, { name, version }: ReleaseKey): Record<string, string> {
  return (
    upstream[name]?.[version]?.files ?? { [`${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`]: 'd'.repeat(64) }
  );
}

async function solve(scenario: Scenario, { request, refusalOf, refusalOfFile }: ResolutionQuery): Promise<Resolution> {
  const releases: Resolution['releases'][number][] = [];
  const refusals: Refusal[] = [];
  const seen = new Set<string>();
  const take = async (root: string, isRoot: boolean): Promise<void> => {
    const [project = '', pinned] = root.split('==');
    const name = normaliseName(project);
    if (seen.has(root)) return;
    seen.add(root);
    const versions = Object.keys(scenario.upstream[name] ?? {}).filter((version) => !pinned || version === pinned);
    for (const version of versions) {
      const found = scenario.upstream[name]?.[version];
      const sha256 = filesOf(scenario, { name, version });
      const file = found?.prefers ?? Object.keys(sha256)[0];
      const refusal =
        (await refusalOf({ name, version }, found?.uploaded)) ??
        (await refusalOfFile({ name, version }, listedFile(file ?? '')));
      if (refusal === undefined) {
        releases.push({ name, version, sha256, uploadTime: found?.uploaded, file });
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

const listedFile = (filename: string): IndexFile => ({
  filename,
  url: `https://x/${filename}`,
  hashes: {},
  yanked: false,
});

const notFound = (name: ProjectName, fatal: boolean): Refusal => ({
  name,
  version: null,
  kind: 'NOT_FOUND',
  reasons: [],
  similarPackages: [],
  fatal,
});

/** Returns an error of an unavailable service. */
export const unavailable = (message: string) => new AwspipError('test', message, { exit: 'unavailable' });
