import { pointsText } from '../firewall/points-text.ts';
import type { RiskLevel, Verdict } from '../firewall/types.ts';
import type { Release } from '../index/types.ts';
import type { InstallEvent } from '../install/types.ts';
import { oneLine } from '../printable.ts';
import type { NotFoundCause, Refusal, RequestRecord, Status } from '../vetting/types.ts';
import type { Style } from './terminal.ts';
import { duration, localTime } from './times.ts';

const steps: Readonly<Record<RequestRecord['step'], string>> = {
  claim: 'starting the workflow',
  resolve: 'resolving dependencies',
  assess: 'asking the package firewall',
  ingest: 'fetching files',
  inspect: 'inspecting files',
  copy: 'copying to the vetted repository',
  wait: 'waiting for a request that vets the same releases',
  done: 'done',
};

/**
 * Returns what the workflow is doing, and how many releases it has vetted. `waitsFor`: how many other vettings the local
 * stack runs first.
 */
export function describeStep(record: RequestRecord | undefined, waitsFor = 0): string {
  if (waitsFor > 0) return `waiting for ${count(waitsFor, 'other')}`;
  if (record === undefined) return steps.claim;
  const { step, counts } = record;
  const progress = counts.releases > 0 ? `, ${counts.secure} of ${count(counts.releases, 'package')} vetted` : '';
  return `${steps[step]}${progress}`;
}

/** Returns one line for an event, or undefined if the event needs none. */
export function describeEvent(event: InstallEvent): string | undefined {
  switch (event.code) {
    case 'local-stack':
      return event.firstStart
        ? 'started the local stack, because no CodeArtifact domain is set'
        : `using the local stack at ${event.endpoint}`;
    case 'aws-repository':
      return `using vetted repository ${event.label}`;
    case 'records-denied':
      return `files on hold are not hidden, because ${event.cause}`;
    case 'newest-asked':
      return `asked in the background for newer releases of ${list(event.projects)}; \`--awspip-newest\` waits for them`;
    case 'newest-not-asked':
      return `could not ask for newer releases: ${oneLine(event.cause)}`;
    case 'sandbox-unavailable':
      return `builds run without the sandbox: ${oneLine(event.reason)}`;
    case 'default-index':
      return `${event.where === 'argument' ? '' : `${oneLine(event.where)}: `}\`${oneLine(event.value)}\` is the default index; using the vetted repository in its place`;
    case 'listed-index':
      return `${event.where === 'argument' ? '' : `${oneLine(event.where)}: `}passed over the index \`${oneLine(event.value)}\`; the policy takes ${oneLine(event.names.slice(0, 5).join(', '))}${event.names.length > 5 ? ' and others' : ''} from it`;
    case 'not-listed':
      return `the vetted repository lacks ${list(event.projects)}; to request it, run \`awspip vet ${oneLine(event.projects.join(' '))}\``;
    case 'upgrade-asks':
      return `checking ${count(event.projects, 'project')} for newer releases`;
    case 'vetting-begins':
      if (event.wider) return 'requesting packages for the other Pythons and platforms of this project';
      if (event.missing.length === 0) return 'requesting packages that are not vetted yet';
      return `${list(event.missing)} ${event.missing.length === 1 ? 'is' : 'are'} not vetted yet; requesting ${event.missing.length === 1 ? 'it' : 'them'}`;
    case 'vetting-progress':
      // The line of the end says more.
      return event.record?.step === 'done' ? undefined : describeStep(event.record, event.waitsFor);
    case 'vetting-ends':
      return event.answer.kind === 'secure'
        ? `vetted ${count(event.vetted, 'package')} in ${duration(event.seconds)}${observedText(event.answer.record)}`
        : undefined;
    case 'file-ends':
      return event.last === undefined
        ? `vetting ${count(event.total, 'file')}`
        : `${event.done} of ${count(event.total, 'file')}: ${oneLine(event.last.file)} ${event.last.result}; ${count(event.vetted, 'package')} vetted so far`;
    case 'pip-again':
      return `rerunning ${event.tool ?? 'pip'}`;
  }
}

/** Returns what is allowed only because the policy observes, as the rest of a sentence. */
function observedText({ observed }: RequestRecord): string {
  if (observed === undefined) return '';
  const shown = observed.first
    .slice(0, 3)
    .map(({ name, version, outcome, reasons: [reason = ''] }) =>
      oneLine(`${name} ${version} (would be ${outcomeTexts[outcome]}: ${reason})`),
    );
  const others = observed.count - shown.length;
  return `; allowed only in observe mode: ${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** Returns a refusal with its points, similar names and details, as several lines. `now` in epoch milliseconds. */
export function describeRefusal(refusal: Refusal, now: number, style: Style): string {
  const { name, version, kind, reasons, similarPackages, heldUntil, neededBy } = refusal;
  const subject = style.bold(oneLine(version === null ? `\`${name}\`` : `${name} ${version}`));
  const hasPoints = reasons.some(({ points }) => points !== undefined);
  const colour = kind === 'HELD' ? style.magenta : style.red;
  const detail = detailOf(refusal);
  return [
    `${subject} ${colour(verdictOf(refusal))}${judgement(refusal)}`,
    ...reasons.map(({ text, points }) => `  ${hasPoints ? pointsColumn(points) : ''}${oneLine(text)}`),
    ...(kind !== 'NOT_FOUND' && similarPackages.length > 0 ? [`  similar to ${list(similarPackages)}`] : []),
    ...(detail === undefined ? [] : [`  ${oneLine(detail)}`]),
    ...(heldUntil === undefined ? [] : [`  allowed from ${localTime(heldUntil, now)}`]),
    ...(neededBy === undefined ? [] : [`  needed by ${oneLine(neededBy)}`]),
  ].join('\n');
}

/** Returns which release was skipped and why. `now` in epoch milliseconds. */
export function describeSkipped(refusal: Refusal, now: number): string {
  const { name, version, heldUntil } = refusal;
  const release = oneLine(version === null ? `\`${name}\`` : `${name} ${version}`);
  const why = heldUntil === undefined ? verdictOf(refusal) : `is within cooldown until ${localTime(heldUntil, now)}`;
  return `skipped ${release}, which ${why}`;
}

/**
 * Returns the end of a sentence about a skipped release: the vetted release of the same project, or nothing if there is
 * none.
 */
export function replacementText(
  { name }: Refusal,
  releases: readonly (Release & { readonly status: Status })[],
): string {
  const chosen = releases.find((release) => release.name === name && release.status === 'SECURE');
  return chosen === undefined ? '' : `; chose ${oneLine(chosen.version)} instead`;
}

/** Returns level and score in brackets; nothing for a score of 0, where gates alone decided. */
function judgement({ riskLevel, score }: Refusal): string {
  if (riskLevel === undefined || score?.max === 0) return '';
  return score === undefined ? ` (${riskLevel})` : ` (${levelAndScore(riskLevel, score)})`;
}

/** Returns level and score, or the score alone. The level is that of the highest possible score. */
export function levelAndScore(level: RiskLevel | undefined, score: Score): string {
  const isExact = score.min === score.max;
  const before = level === undefined ? '' : `${isExact ? '' : 'up to '}${level}, `;
  return `${before}score ${scoreText(score)}${isExact ? '' : ', because some signals are unknown'}`;
}

/** Returns the points of a reason, as wide as the others; gates have none. */
function pointsColumn(points: number | undefined): string {
  return `${(points === undefined ? '' : pointsText(points)).padStart(3)}  `;
}

/** Returns the detail, unless the headline says the same. */
export function detailOf({ detail, because }: Pick<Refusal, 'detail' | 'because'>): string | undefined {
  return because === 'no-project' ? undefined : detail;
}

const notFoundTexts: Readonly<Record<NotFoundCause, string>> = {
  'no-project': 'was not found',
  private: 'was not found',
  'no-release': 'has no files to install',
  'no-version': 'has no such version',
  'uploaded-later': 'has no version that was uploaded in time',
  'no-file': 'has no file for this Python and platform',
  unusable: 'cannot be installed',
  yanked: 'was yanked by its authors',
  constraint: 'is excluded by a constraint',
  conflict: 'has conflicting requirements',
};

/** Returns the verdict in a few words, to follow the name. */
export function verdictOf({ kind, because, heldUntil }: Pick<Refusal, 'kind' | 'because' | 'heldUntil'>): string {
  switch (kind) {
    case 'BLOCKED':
      return 'is blocked';
    case 'HELD':
      return heldUntil === undefined ? 'is on hold' : 'is on hold, within cooldown';
    case 'NOT_FOUND':
      return notFoundTexts[because ?? 'no-project'];
    case 'ERROR':
      return 'could not be vetted';
  }
}

/** The outcomes of a verdict, in the words that people read. */
export const outcomeTexts: Readonly<Record<Verdict['outcome'], string>> = {
  ALLOWED: 'allowed',
  HELD: 'on hold',
  BLOCKED: 'blocked',
};

/** The states of records, in the words that people read. */
export const statusTexts: Readonly<Record<Status, string>> = {
  CHECK: 'being checked',
  INGEST: 'being fetched',
  COPY: 'being copied',
  SECURE: 'vetted',
  BLOCKED: 'blocked',
  HELD: 'on hold',
  ERROR: 'failed',
};

type Score = { readonly min: number; readonly max: number };

/** Returns a score, or its bounds if signals are unknown. */
export function scoreText({ min, max }: Score): string {
  return min === max ? `${min}` : `${min} to ${max}`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

const maxListed = 5;

/** Returns the first few items of a list, and how many more there are. */
export function list(items: readonly string[]): string {
  const shown = items.slice(0, maxListed).map(oneLine).join(', ');
  return items.length > maxListed ? `${shown} and ${items.length - maxListed} more` : shown;
}
