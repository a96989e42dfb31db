import { fitsName } from './fits-name.ts';
import type { FurtherQuestion } from './further-question.ts';
import { type Known, pypiFacts, unknownFrom } from './gather.ts';
import { versionKey } from './page-facts.ts';
import { indexProject } from './project-index.ts';
import { smallestFix } from './smallest-fix.ts';
import type { ReleaseFacts } from './sources/types.ts';
import type { FurtherSignals, RepositoryLink, Signal } from './types.ts';

/** The facts that gates may ask for. What costs a request of its own is gathered only where the policy or the asker wants it. */
export async function gatherFurther(question: FurtherQuestion): Promise<Partial<FurtherSignals>> {
  const { known, policy, subject } = question;
  const wants = (gate: 'vulnerabilities' | 'archivedRepository' | 'unattested' | 'installCode'): boolean =>
    policy.gates[gate].enabled || subject.thorough === true;
  const facts = releaseFacts(question);
  const [vulnerabilities, repositoryArchived, attested, installCode, fixes] = await Promise.all([
    askVulnerabilities(question),
    wants('archivedRepository') ? archived(question) : undefined,
    wants('unattested') ? attestation(question, facts) : undefined,
    wants('installCode') ? look(question) : undefined,
    smallestFix(question),
  ]);
  return {
    firstReleasedAt: firstReleasedAt(known),
    yanked: map(facts, known, ({ yanked }) => yanked),
    distributions: map(facts, known, ({ kinds }) => kinds),
    repository: repositoryLink(known),
    ...said({ vulnerabilities, repositoryArchived, attested, installCode, fixes }),
  };
}

/** An absent signal is not there, rather than undefined. */
function said<T extends object>(signals: T): { [Key in keyof T]: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(signals).filter(([, signal]) => signal !== undefined)) as never;
}

/** What is known of the release: the index's page first, since that is where its files come from. */
function releaseFacts({ known, release }: FurtherQuestion): Signal<ReleaseFacts> {
  if (release === null) return unknown(known, 'index page', 'has no release to look at');
  const key = versionKey(release);
  const files = known.page?.releases.get(key)?.files ?? [];
  const [first] = files;
  if (first !== undefined) {
    const wheel = files.find(({ filename }) => filename.endsWith('.whl'));
    const sdist = files.find(({ filename }) => !filename.endsWith('.whl') && !filename.endsWith('.egg'));
    const yanked = files.every((file) => file.yanked !== false) ? first.yanked : false;
    const kinds = wheel === undefined ? 'sdist' : sdist === undefined ? 'wheels' : 'both';
    const value = { uploadedAt: null, sha256: [], yanked, kinds, file: (wheel ?? first).filename } as const;
    return { known: true, value, source: 'index page', fetchedAt: known.at };
  }
  const facts = pypiFacts(known.pypi);
  if (facts === undefined) return unknownFrom(known);
  const listed = indexProject(facts).releases.get(key);
  if (listed === undefined) return unknown(known, 'PyPI', 'does not list this release');
  return { known: true, value: listed, source: known.pypi.source, fetchedAt: known.pypi.fetchedAt };
}

function map<T>(facts: Signal<ReleaseFacts>, known: Known, part: (facts: ReleaseFacts) => T | undefined): Signal<T> {
  if (!facts.known) return facts;
  const value = part(facts.value);
  return value === undefined ? unknown(known, facts.source, 'does not say') : { ...facts, value };
}

function firstReleasedAt(known: Known): Signal<string> {
  const facts = pypiFacts(known.pypi);
  if (facts !== undefined) {
    const { oldest, partial } = indexProject(facts);
    if (oldest === null) return unknown(known, 'PyPI', 'gave no upload time');
    const { source, fetchedAt } = known.pypi;
    return { known: true, value: oldest, source, fetchedAt, lowerBound: partial };
  }
  const oldest = known.page?.firstUpload ?? null;
  if (oldest === null) return unknownFrom(known, known.page === undefined ? undefined : 'gives no upload times');
  return { known: true, value: oldest, source: 'index page', fetchedAt: known.at, lowerBound: !known.pageComplete };
}

function repositoryLink(known: Known): Signal<RepositoryLink> {
  const facts = pypiFacts(known.pypi);
  if (facts === undefined) return unknownFrom(known);
  const declared = facts.repository;
  const { source, fetchedAt } = known.pypi;
  const state = declared === null ? 'missing' : fitsName(declared, known.name) ? 'fits' : 'mismatched';
  return { known: true, value: { state, declared }, source, fetchedAt };
}

async function askVulnerabilities({
  known,
  release,
  asked,
}: FurtherQuestion): Promise<FurtherSignals['vulnerabilities']> {
  if (release === null) return unknown(known, 'OSV', 'needs a version, and none is known');
  return asked.vulnerabilities?.(known.name, release) ?? unknown(known, 'OSV', 'is not asked');
}

async function archived({ known, asked }: FurtherQuestion): Promise<Signal<boolean>> {
  const facts = pypiFacts(known.pypi);
  if (facts === undefined) return unknownFrom(known);
  if (facts.repository === null) {
    const { source, fetchedAt } = known.pypi;
    return { known: true, value: false, source, fetchedAt, note: 'no GitHub repository is declared' };
  }
  return asked.archived?.(facts.repository) ?? unknown(known, 'GitHub', 'is not asked');
}

async function attestation(
  { known, release, asked }: FurtherQuestion,
  facts: Signal<ReleaseFacts>,
): Promise<Signal<boolean>> {
  if (!facts.known) return facts;
  const { file } = facts.value;
  if (release === null || file === undefined) return unknown(known, facts.source, 'names no file');
  return asked.attested?.(known.name, release, file) ?? unknown(known, 'PyPI', 'is not asked');
}

async function look({
  known,
  release,
  rank,
  inspect,
  subject,
}: FurtherQuestion): Promise<FurtherSignals['installCode']> {
  if (release === null) return unknown(known, 'the files', 'cannot be seen: no release is known');
  if (inspect === undefined) return unknown(known, 'the files', 'cannot be seen from here');
  return inspect({ name: known.name, version: release, page: subject.page, every: rank === null });
}

function unknown(known: Known, source: string, why: string): Extract<Signal<never>, { known: false }> {
  return { known: false, source, fetchedAt: known.at, why };
}
