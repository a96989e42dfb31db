import type { InstallEvent } from '../install/types.ts';
import { printable } from '../printable.ts';
import type { NotFoundCause, Refusal, RequestRecord } from '../vetting/types.ts';
import type { Terminal } from './terminal.ts';

const steps: Readonly<Record<RequestRecord['step'], string>> = {
  claim: 'starting',
  resolve: 'finding everything it needs',
  assess: 'asking the package firewall',
  ingest: 'fetching',
  copy: 'copying to the vetted repository',
  wait: 'waiting for another request that vets the same releases',
  done: 'done',
};

/** What the workflow is doing, without the seconds. */
export function describeStep(record: RequestRecord | undefined): string {
  if (record === undefined) return 'starting the workflow';
  const { step, counts } = record;
  const many = counts.releases > 0 ? `, ${counts.secure} of ${releases(counts.releases)} secure` : '';
  return `${steps[step]}${many}`;
}

/** One line for an event, or undefined when it needs none. A new event does not compile until it has words. */
export function describeEvent(event: InstallEvent): string | undefined {
  switch (event.code) {
    case 'upgrade-asks':
      return `looking for newer releases of ${count(event.projects, 'project')}`;
    case 'vetting-begins':
      if (event.wider) return 'having vetted what the other Pythons and platforms of this project need';
      return event.missing.length === 0
        ? 'having what is missing vetted'
        : `not vetted yet: ${list(event.missing)}; asking for it`;
    case 'vetting-progress':
      return describeStep(event.record);
    case 'vetting-ends':
      return event.answer.kind === 'secure'
        ? `${releases(event.answer.record.counts.secure)} secure after ${event.seconds.toFixed(1)} s`
        : undefined;
    case 'pip-again':
      return `running ${event.tool ?? 'pip'} again`;
  }
}

/** Every reason with its points, the score, the level, similar names, and what is known beside them. */
export function describeRefusal(refusal: Refusal, { style }: Pick<Terminal, 'style'>): string {
  const { name, version, kind, riskLevel, score, reasons, similarPackages, detail, heldUntil, neededBy } = refusal;
  const what = style.bold(printable(version === null ? name : `${name} ${version}`));
  const level = score !== undefined && score.min < score.max ? `up to ${riskLevel}` : riskLevel;
  const judged = [riskLevel && level, score && `score ${range(score)}`].filter(Boolean).join(', ');
  const lines = [
    `${what} ${style[kind === 'HELD' ? 'yellow' : 'red'](whatHappened(refusal))}${judged ? ` (${judged})` : ''}`,
  ];
  for (const { text, points } of reasons)
    lines.push(`  ${points === undefined ? '   ' : `+${points}`.padStart(3)}  ${printable(text)}`);
  if (similarPackages.length > 0) lines.push(`  looks like ${list(similarPackages)}`);
  if (detail !== undefined) lines.push(`  ${printable(detail)}`);
  if (heldUntil !== undefined) lines.push(`  may enter from ${heldUntil}`);
  if (neededBy !== undefined) lines.push(`  needed by ${printable(neededBy)}`);
  return lines.join('\n');
}

const absent: Readonly<Record<NotFoundCause, string>> = {
  'no-project': 'was not found',
  private: 'was not found',
  'no-release': 'has nothing to install',
  'no-version': 'has no such version',
  'no-file': 'has no file for this Python and platform',
  yanked: 'was taken back by its authors',
  constraint: 'is ruled out by a constraint',
  conflict: 'cannot be had as it is asked for',
};

/** In a few words behind the name, for the line that is read first. */
export function whatHappened({ kind, because }: Pick<Refusal, 'kind' | 'because'>): string {
  switch (kind) {
    case 'BLOCKED':
      return 'was refused';
    case 'HELD':
      return 'is held';
    case 'NOT_FOUND':
      return absent[because ?? 'no-project'];
    case 'ERROR':
      return 'could not be vetted';
  }
}

function range({ min, max }: { readonly min: number; readonly max: number }): string {
  return min === max ? `${min}` : `${min} to ${max}, as some signals are unknown`;
}

function releases(number: number): string {
  return count(number, 'release');
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

const maxListed = 5;

/** The first few of a list, and how many more there are. */
export function list(items: readonly string[]): string {
  const shown = items.slice(0, maxListed).map(printable).join(', ');
  return items.length > maxListed ? `${shown} and ${items.length - maxListed} more` : shown;
}
