import { AwspipError } from '../errors.ts';
import type { InstallResult } from '../install/types.ts';
import { printable } from '../printable.ts';
import type { RelayFailure } from '../relay/types.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { Refusal } from '../vetting/types.ts';
import { count, describeRefusal, list } from './messages.ts';
import { presentError, writeHints } from './present-error.ts';
import type { Problem } from './problems.ts';
import type { Terminal } from './terminal.ts';
import { localTime } from './times.ts';

type Output = Pick<Terminal, 'stderr' | 'style'>;

/** Prints why an install did not end as pip would have ended it. `now` in epoch milliseconds. */
export function presentResult(
  { ending, deniedHosts, passedOver }: InstallResult,
  problems: readonly Problem[],
  now: number,
  terminal: Output,
): void {
  if (deniedHosts.length > 0 && ending.kind === 'pip' && ending.exitCode !== 0) presentDenied(deniedHosts, terminal);
  switch (ending.kind) {
    case 'pip':
      if (ending.exitCode === 0) presentSkipped(passedOver, now, terminal);
      return;
    case 'interrupted':
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

function presentDenied(hosts: readonly string[], terminal: Output): void {
  const { stderr, style } = terminal;
  const connections = hosts.length === 1 ? 'a connection' : 'connections';
  stderr.write(
    `${style.red('awspip:')} blocked ${connections} to ${list(hosts)}; only the vetted repository is reachable\n`,
  );
  writeHints(terminal, ['remove what names that host, and request the package from the vetted repository']);
}

/** Prints the releases that were not allowed, where an older one was installed. */
function presentSkipped(skipped: readonly Refusal[], now: number, { stderr, style }: Output): void {
  for (const { name, version, kind, heldUntil } of skipped) {
    if (kind === 'NOT_FOUND' || kind === 'ERROR') continue;
    const hold = heldUntil === undefined ? 'on hold' : `within cooldown until ${localTime(heldUntil, now)}`;
    const why = kind === 'HELD' ? hold : 'blocked';
    stderr.write(`${style.dim(`awspip: skipped ${printable(`${name} ${version ?? ''}`.trim())}: ${why}`)}\n`);
  }
}

function presentTrouble(trouble: readonly RelayFailure[], problems: readonly Problem[], terminal: Output): void {
  const known = trouble.find(({ error }) => error instanceof AwspipError);
  if (known === undefined) presentProblems(problems, terminal);
  else presentError(known.error, terminal);
}

/** Prints messages, then each hint once. */
function presentProblems(problems: readonly Problem[], terminal: Output): void {
  const { stderr, style } = terminal;
  for (const { message } of problems) stderr.write(`${style.red('awspip:')} ${printable(message)}\n`);
  const hints = problems.flatMap(({ hint, secondHint }) => [hint, secondHint]);
  writeHints(terminal, [...new Set(hints)].slice(0, 2));
}

const maxShown = 10;

/** Prints each refusal with its hints below it. */
function presentRefusals(
  { record }: Pick<VettingOutcome & { kind: 'refused' }, 'record'>,
  problems: readonly Problem[],
  now: number,
  terminal: Output,
): void {
  const { stderr, style } = terminal;
  const refusals = record.refusals.filter((refusal) => refusal.fatal);
  let lastHints = '';
  for (const [index, refusal] of refusals.slice(0, maxShown).entries()) {
    const { location, hint, secondHint } = problems[index] ?? {};
    const hints = [hint, secondHint];
    if (index > 0) stderr.write('\n');
    const where = location === undefined ? '' : `${printable(location)}: `;
    stderr.write(`${style.red('awspip:')} ${where}${describeRefusal(refusal, now, terminal)}\n`);
    // Ten blocked releases of one project share their hints.
    if (hints.join('\n') !== lastHints) writeHints(terminal, hints);
    lastHints = hints.join('\n');
  }
  const more = refusals.length - maxShown;
  if (more > 0) stderr.write(`\n${style.red('awspip:')} and ${count(more, 'more refusal')}\n`);
}
