import { AwspipError } from '../errors.ts';
import type { InstallResult } from '../install/types.ts';
import { oneLine } from '../printable.ts';
import type { RelayFailure } from '../relay/types.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { Refusal } from '../vetting/types.ts';
import { hintsBelow, writeHints } from './hint-lines.ts';
import { count, describeRefusal, describeSkipped, list } from './messages.ts';
import { presentError } from './present-error.ts';
import type { Problem } from './problems.ts';
import type { Terminal } from './terminal.ts';

type ErrorOutput = Pick<Terminal, 'stderr' | 'style'>;

/** Prints why an install did not end as pip would have ended it. `now` in epoch milliseconds. */
export function presentResult(
  { ending, deniedHosts, passedOver }: InstallResult,
  problems: readonly Problem[],
  now: number,
  terminal: ErrorOutput,
): void {
  if (deniedHosts.length > 0 && ending.kind === 'pip' && ending.exitCode !== 0) presentDenied(deniedHosts, terminal);
  switch (ending.kind) {
    case 'pip':
      if (ending.exitCode === 0) presentSkipped(passedOver, now, terminal);
      return;
    case 'interrupted':
    case 'conflict': // pip has named the requirements
      return;
    case 'relay-failure':
      presentTrouble(ending.observed.failures, problems, terminal);
      return;
    case 'mismatch':
    case 'no-progress':
      presentProblems(problems, terminal);
      return;
    case 'vetting':
      if (ending.answer.kind === 'refused') presentRefusals(ending.answer, problems, now, terminal);
      else presentProblems(problems, terminal);
  }
}

function presentDenied(hosts: readonly string[], terminal: ErrorOutput): void {
  const { stderr, style } = terminal;
  const connections = hosts.length === 1 ? 'a connection' : 'connections';
  stderr.write(
    `${style.red('awspip:')} blocked ${connections} to ${list(hosts)}; only the vetted repository is reachable\n`,
  );
  writeHints(terminal, ['remove what names that host, and request the package from the vetted repository']);
}

/** Prints the releases that were not allowed, where an older one was installed. */
function presentSkipped(skipped: readonly Refusal[], now: number, { stderr, style }: ErrorOutput): void {
  for (const refusal of skipped) {
    if (refusal.kind === 'NOT_FOUND' || refusal.kind === 'ERROR') continue;
    stderr.write(`${style.dim(`awspip: ${describeSkipped(refusal, now)}`)}\n`);
  }
}

function presentTrouble(trouble: readonly RelayFailure[], problems: readonly Problem[], terminal: ErrorOutput): void {
  const known = trouble.find(({ error }) => error instanceof AwspipError);
  if (known === undefined) presentProblems(problems, terminal);
  else presentError(known.error, terminal);
}

function presentProblems(problems: readonly Problem[], terminal: ErrorOutput): void {
  const texts = problems.map(({ message }) => oneLine(message));
  presentFindings(texts, problems, terminal);
}

const maxShown = 10;

function presentRefusals(
  { record }: Pick<VettingOutcome & { kind: 'refused' }, 'record'>,
  problems: readonly Problem[],
  now: number,
  terminal: ErrorOutput,
): void {
  const { stderr, style } = terminal;
  const refusals = record.refusals.filter((refusal) => refusal.fatal);
  const texts = refusals.slice(0, maxShown).map((refusal, index) => {
    const location = problems[index]?.location;
    const where = location === undefined ? '' : `${oneLine(location)}: `;
    return `${where}${describeRefusal(refusal, now, style)}`;
  });
  presentFindings(texts, problems.slice(0, maxShown), terminal);
  const more = refusals.length - maxShown;
  if (record.contact !== undefined && refusals.some(({ kind }) => kind === 'HELD' || kind === 'BLOCKED')) {
    stderr.write(`\n${style.red('awspip:')} contact for holds and blocks: ${oneLine(record.contact)}\n`);
  }
  if (more > 0) stderr.write(`\n${style.red('awspip:')} and ${count(more, 'more refusal')}\n`);
}

/** Prints each finding, its hints below it, and an empty line before the next. */
function presentFindings(texts: readonly string[], problems: readonly Problem[], terminal: ErrorOutput): void {
  const { stderr, style } = terminal;
  const hints = hintsBelow(problems);
  for (const [index, text] of texts.entries()) {
    if (index > 0 && hints[index - 1]?.length !== 0) stderr.write('\n');
    stderr.write(`${style.red('awspip:')} ${text}\n`);
    writeHints(terminal, hints[index] ?? []);
  }
}
