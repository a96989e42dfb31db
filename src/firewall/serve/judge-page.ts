import type { IndexFile, ProjectPage } from '../../index/types.ts';
import { compareVersions, isPrerelease } from '../../index/versions.ts';
import { mapConcurrently } from '../../map-concurrently.ts';
import { platformPriority } from '../install-code/inspect.ts';
import { readPage } from '../page-facts.ts';
import type { Assessment, Firewall, Subject } from '../types.ts';

/** Returns the assessments of one project's releases as people's decisions change them. */
export type Decide = (assessments: readonly Assessment[]) => Promise<readonly Assessment[]>;

/** Returns the files of a page that may not be served, by name, with the assessment that says why. Never throws. */
export type JudgePage = (page: ProjectPage, pageComplete: boolean) => Promise<ReadonlyMap<string, Assessment>>;

type JudgePorts = {
  readonly firewall: Pick<Firewall, 'assess'>;
  readonly decide: Decide;
  /** Checks whether an earlier request for the file was refused because of its code. */
  readonly wasRefused: (file: IndexFile) => boolean;
  /** Resolves after this many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
};

type ListedRelease = { readonly version: string; readonly files: readonly IndexFile[] };

/** The number of newest releases that are judged with their page. Older ones are judged when a file of theirs is requested. */
const maxJudged = 300;
/** The number of newest releases whose code is inspected with the page, until one is allowed. */
const maxInspected = 5;
const maxFilesOfRelease = 8;
/** pip waits 15 seconds for a page. */
const inspectionMilliseconds = 8_000;

/**
 * Opens the judgement of whole pages, so that an installer chooses among the releases that it can have. All but the code
 * of their files is judged for the newest releases. The code is inspected from the newest release down to the first one
 * that is allowed: the one that most installers choose.
 */
export function openPageJudge(ports: JudgePorts): JudgePage {
  const factsOf = openFacts(ports.firewall);
  return async (page, pageComplete) => {
    const leftOut = new Map<string, Assessment>();
    const releases = newestFirst(page);
    const facts = await ports.decide(await factsOf(page, pageComplete, releases));
    const allowed = releases.filter(({ files }, at) => {
      const assessment = facts[at];
      if (assessment === undefined || assessment.verdict.outcome === 'ALLOWED') return true;
      for (const { filename } of files) leftOut.set(filename, assessment);
      return false;
    });
    const assessFile = async (version: string, { filename }: IndexFile): Promise<Assessment | undefined> => {
      const subject = { name: page.name, version, page, pageComplete, file: filename };
      const [assessment] = await ports.decide([await ports.firewall.assess(subject)]);
      return assessment?.verdict.outcome === 'ALLOWED' ? undefined : assessment;
    };
    const work = inspectNewest(allowed, { ...ports, assessFile, leftOut });
    await Promise.race([work, ports.sleep(inspectionMilliseconds)]);
    return new Map(leftOut);
  };
}

/** Returns the releases of a page, newest first. */
function newestFirst(page: ProjectPage): readonly ListedRelease[] {
  return [...readPage(page).releases.values()].toSorted((a, b) => compareVersions(b.version, a.version));
}

/** Assesses the newest releases of a page by all but their files. The result is kept while the same page is in use. */
function openFacts(firewall: JudgePorts['firewall']) {
  const judged = new WeakMap<ProjectPage, Promise<readonly Assessment[]>>();
  return (page: ProjectPage, pageComplete: boolean, releases: readonly ListedRelease[]) => {
    const subject = (version: string): Subject => ({ name: page.name, version, page, pageComplete, files: 'none' });
    const known = judged.get(page);
    if (known !== undefined) return known;
    const assessments = mapConcurrently(releases.slice(0, maxJudged), 50, ({ version }) =>
      firewall.assess(subject(version)),
    );
    judged.set(page, assessments);
    assessments.catch(() => judged.delete(page));
    return assessments;
  };
}

type InspectPorts = Pick<JudgePorts, 'wasRefused'> & {
  /** Returns the assessment of a release by one of its files; undefined if it is allowed. */
  readonly assessFile: (version: string, file: IndexFile) => Promise<Assessment | undefined>;
  readonly leftOut: Map<string, Assessment>;
};

async function inspectNewest(releases: readonly ListedRelease[], ports: InspectPorts): Promise<void> {
  const { assessFile, leftOut, wasRefused } = ports;
  for (const { version, files } of releases) {
    for (const file of files.filter(wasRefused).slice(0, maxFilesOfRelease)) {
      const refusal = await assessFile(version, file);
      if (refusal !== undefined) leftOut.set(file.filename, refusal);
    }
  }
  const finals = releases.filter(({ version }) => !isPrerelease(version));
  for (const release of (finals.length > 0 ? finals : releases).slice(0, maxInspected)) {
    if (await isAllowed(release, ports)) return;
  }
}

/** Inspects the file that most machines install, and the others of the release if that one is refused. */
async function isAllowed({ version, files }: ListedRelease, ports: InspectPorts): Promise<boolean> {
  const [first, ...others] = byPriority(files);
  const refusal = first === undefined ? undefined : await ports.assessFile(version, first);
  if (first === undefined || refusal === undefined) return true;
  ports.leftOut.set(first.filename, refusal);
  for (const [index, file] of others.entries()) {
    const other = index < maxFilesOfRelease ? await ports.assessFile(version, file) : refusal;
    if (other !== undefined) ports.leftOut.set(file.filename, other);
  }
  return false;
}

/** Sorts wheels before sdists, and those that more machines install before others. */
function byPriority(files: readonly IndexFile[]): readonly IndexFile[] {
  const priority = (file: IndexFile): number => (file.filename.endsWith('.whl') ? 10 + platformPriority(file) : 0);
  return files.toSorted((a, b) => priority(b) - priority(a));
}
