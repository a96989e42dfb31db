import { usesSignal } from './conditions/policy-conditions.ts';
import { type ProjectData, pypiFacts, unknownFrom } from './gather.ts';
import type { GatherContext } from './gather-context.ts';
import { versionKey } from './page-facts.ts';
import { indexProject } from './project-index.ts';
import { smallestFix } from './smallest-fix.ts';
import type { ReleaseFacts } from './sources/types.ts';
import type { FurtherSignals, Signal } from './types.ts';

/** Gathers the signals of gates. A signal with a request of its own is gathered only if its gate is enabled or on demand. */
export async function gatherFurther(context: GatherContext): Promise<Partial<FurtherSignals>> {
  const { project, policy, subject, link } = context;
  const isNeeded = (signal: 'repositoryArchived' | 'attested' | 'installCode'): boolean =>
    policy.gates[gateOf[signal]].enabled || subject.thorough === true || usesSignal(policy, signal);
  const facts = releaseFacts(context);
  const [vulnerabilities, repositoryArchived, attested, installCode, fixes, licence] = await Promise.all([
    vulnerabilitiesOf(context),
    isNeeded('repositoryArchived') ? isRepositoryArchived(context) : undefined,
    isNeeded('attested') ? isAttested(context, facts) : undefined,
    isNeeded('installCode') ? inspectFiles(context) : undefined,
    smallestFix(context),
    licenceOf(context),
  ]);
  return {
    firstReleasedAt: firstReleasedAt(project),
    yanked: map(facts, project, ({ yanked }) => yanked),
    distributions: map(facts, project, ({ kinds }) => kinds),
    repository: link,
    ...withoutUndefined({ vulnerabilities, repositoryArchived, attested, installCode, fixes, licence }),
  };
}

const gateOf = {
  repositoryArchived: 'archivedRepository',
  attested: 'unattested',
  installCode: 'installCode',
} as const;

function withoutUndefined<T extends object>(signals: T): { [Key in keyof T]: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(signals).filter(([, signal]) => signal !== undefined)) as never;
}

/** Returns the facts of the release. The index page has precedence over PyPI, because it serves the files. */
function releaseFacts({ project, release }: GatherContext): Signal<ReleaseFacts> {
  if (release === null) return unknown(project, 'index page', 'has no release');
  const key = versionKey(release);
  const files = project.page?.releases.get(key)?.files ?? [];
  const [first] = files;
  if (first !== undefined) {
    const wheel = files.find(({ filename }) => filename.endsWith('.whl'));
    const sdist = files.find(({ filename }) => !filename.endsWith('.whl') && !filename.endsWith('.egg'));
    const yanked = files.every((file) => file.yanked !== false) ? first.yanked : false;
    const kinds = wheel === undefined ? 'sdist' : sdist === undefined ? 'wheels' : 'both';
    const value = { uploadedAt: null, sha256: [], yanked, kinds, file: (wheel ?? first).filename } as const;
    return { known: true, value, source: 'index page', fetchedAt: project.assessedAt };
  }
  const facts = pypiFacts(project.pypi);
  if (facts === undefined) return unknownFrom(project);
  const listed = indexProject(facts).releases.get(key);
  if (listed === undefined) return unknown(project, 'PyPI', 'does not list this release');
  return { known: true, value: listed, source: project.pypi.source, fetchedAt: project.pypi.fetchedAt };
}

function map<T>(
  facts: Signal<ReleaseFacts>,
  project: ProjectData,
  part: (facts: ReleaseFacts) => T | undefined,
): Signal<T> {
  if (!facts.known) return facts;
  const value = part(facts.value);
  return value === undefined ? unknown(project, facts.source, 'has no value') : { ...facts, value };
}

function firstReleasedAt(project: ProjectData): Signal<string> {
  const facts = pypiFacts(project.pypi);
  if (facts !== undefined) {
    const { oldest, partial } = indexProject(facts);
    if (oldest === null) return unknown(project, 'PyPI', 'has no upload times');
    const { source, fetchedAt } = project.pypi;
    return { known: true, value: oldest, source, fetchedAt, lowerBound: partial };
  }
  const oldest = project.page?.firstUpload ?? null;
  if (oldest === null) return unknownFrom(project, project.page === undefined ? undefined : 'has no upload times');
  return {
    known: true,
    value: oldest,
    source: 'index page',
    fetchedAt: project.assessedAt,
    lowerBound: !project.pageComplete,
  };
}

async function vulnerabilitiesOf({
  project,
  release,
  sources,
}: GatherContext): Promise<FurtherSignals['vulnerabilities']> {
  if (release === null) return unknown(project, 'OSV', 'needs a version, and none is known');
  return sources.vulnerabilities?.(project.name, release) ?? unknown(project, 'OSV', 'was not queried');
}

/** Returns the licence. That of another version than the newest needs a request, so it is gathered only if it is needed. */
async function licenceOf({
  project,
  release,
  policy,
  sources,
  subject,
}: GatherContext): Promise<FurtherSignals['licence'] | undefined> {
  const facts = pypiFacts(project.pypi);
  if (facts === undefined) return unknownFrom(project);
  const isNewest = release !== null && facts.newest !== null && versionKey(facts.newest) === versionKey(release);
  if (isNewest && facts.licence !== undefined) {
    const { source, fetchedAt } = project.pypi;
    return { known: true, value: facts.licence, source, fetchedAt };
  }
  if (release === null) return unknown(project, 'PyPI', 'has no release');
  if (subject.thorough !== true && !usesSignal(policy, 'licence')) return undefined;
  return sources.licence?.(project.name, release) ?? unknown(project, 'PyPI', 'was not queried');
}

async function isRepositoryArchived({ project, sources }: GatherContext): Promise<Signal<boolean>> {
  const facts = pypiFacts(project.pypi);
  if (facts === undefined) return unknownFrom(project);
  if (facts.repository === null) {
    const { source, fetchedAt } = project.pypi;
    return { known: true, value: false, source, fetchedAt, note: 'no GitHub repository declared' };
  }
  return sources.archived?.(facts.repository) ?? unknown(project, 'GitHub', 'was not queried');
}

async function isAttested(
  { project, release, sources }: GatherContext,
  facts: Signal<ReleaseFacts>,
): Promise<Signal<boolean>> {
  if (!facts.known) return facts;
  const { file } = facts.value;
  if (release === null || file === undefined) return unknown(project, facts.source, 'has no file name');
  return sources.attested?.(project.name, release, file) ?? unknown(project, 'PyPI', 'was not queried');
}

async function inspectFiles({
  project,
  release,
  rank,
  policy,
  inspect,
  subject,
}: GatherContext): Promise<FurtherSignals['installCode']> {
  if (release === null) return unknown(project, 'the files', 'are unknown, because no release is known');
  if (inspect === undefined) return unknown(project, 'the files', 'were not inspected');
  return inspect({
    name: project.name,
    version: release,
    page: subject.page,
    allFiles: rank === null,
    wheelsOnly: subject.files === 'wheels',
    file: policy.withheldFiles === 'hide' ? subject.file : undefined,
  });
}

function unknown(project: ProjectData, source: string, why: string): Extract<Signal<never>, { known: false }> {
  return { known: false, source, fetchedAt: project.assessedAt, why };
}
