import type { InstallEvent } from '../install/types.ts';
import { printable } from '../printable.ts';
import type { NotFoundCause, Refusal, RequestRecord, Status } from '../vetting/types.ts';
import type { Terminal } from './terminal.ts';
import { duration, localTime } from './times.ts';

const steps: Readonly<Record<RequestRecord['step'], string>> = {
  claim: 'starting',
  resolve: 'resolving dependencies',
  assess: 'asking the package firewall',
  ingest: 'fetching files',
  copy: 'copying to the vetted repository',
  wait: 'waiting for a request that vets the same releases',
  done: 'done',
};

/** Returns what the workflow is doing, and how many releases it has vetted. */
export function describeStep(record: RequestRecord | undefined): string {
  if (record === undefined) return 'starting the workflow';
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
    case 'upgrade-asks':
      return `checking ${count(event.projects, 'project')} for newer releases`;
    case 'vetting-begins':
      if (event.wider) return 'requesting packages for the other Pythons and platforms of this project';
      if (event.missing.length === 0) return 'requesting packages that are not vetted yet';
      return `${list(event.missing)} ${event.missing.length === 1 ? 'is' : 'are'} not vetted yet; requesting ${event.missing.length === 1 ? 'it' : 'them'}`;
    case 'vetting-progress':
      // The line of the end says more.
      return event.record?.step === 'done' ? undefined : describeStep(event.record);
    case 'vetting-ends':
      return event.answer.kind === 'secure'
        ? `vetted ${count(event.answer.record.counts.secure, 'package')} in ${duration(event.seconds)}`
        : undefined;
    case 'pip-again':
      return `rerunning ${event.tool ?? 'pip'}`;
  }
}

/** Returns a refusal with its points, similar names and details, as several lines. `now` in epoch milliseconds. */
export function describeRefusal(refusal: Refusal, now: number, { style }: Pick<Terminal, 'style'>): string {
  const { name, version, kind, riskLevel, score, reasons, similarPackages, heldUntil, neededBy } = refusal;
  const subject = style.bold(printable(version === null ? `\`${name}\`` : `${name} ${version}`));
  const level = score !== undefined && score.min < score.max ? `up to ${riskLevel}` : riskLevel;
  const judged = [riskLevel && level, score && `score ${range(score)}`].filter(Boolean).join(', ');
  const colour = kind === 'HELD' ? style.magenta : style.red;
  const lines = [`${subject} ${colour(verdictOf(refusal))}${judged ? ` (${judged})` : ''}`];
  for (const { text, points } of reasons)
    lines.push(`  ${points === undefined ? '   ' : `+${points}`.padStart(3)}  ${printable(text)}`);
  if (kind !== 'NOT_FOUND' && similarPackages.length > 0) lines.push(`  similar to ${list(similarPackages)}`);
  const detail = detailOf(refusal);
  if (detail !== undefined) lines.push(`  ${printable(detail)}`);
  if (heldUntil !== undefined) lines.push(`  allowed from ${localTime(heldUntil, now)}`);
  if (neededBy !== undefined) lines.push(`  needed by ${printable(neededBy)}`);
  return lines.join('\n');
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
  'no-file': 'has no file for this Python and platform',
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
      return heldUntil === undefined ? 'is on hold' : 'is on hold: within cooldown';
    case 'NOT_FOUND':
      return notFoundTexts[because ?? 'no-project'];
    case 'ERROR':
      return 'could not be vetted';
  }
}

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

/** Returns a score, or its bounds if signals are unknown. */
export function range({ min, max }: { readonly min: number; readonly max: number }): string {
  return min === max ? `${min}` : `${min} to ${max}, because some signals are unknown`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

const maxListed = 5;

/** Returns the first few items of a list, and how many more there are. */
export function list(items: readonly string[]): string {
  const shown = items.slice(0, maxListed).map(printable).join(', ');
  return items.length > maxListed ? `${shown} and ${items.length - maxListed} more` : shown;
}
