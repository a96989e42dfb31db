import { AwspipError } from '../errors.ts';
import type { Trouble } from '../relay/types.ts';
import type { InstallResult } from '../install/types.ts';
import type { Answer } from '../vetting/await-vetting.ts';
import type { Refusal } from '../vetting/types.ts';
import { presentDecisions } from './review/decision-hints.ts';
import { hint, presentError } from './present-error.ts';
import { printable, type Terminal } from './terminal.ts';
import type { Obstacle } from './problems.ts';
import { describeRefusal, list } from './messages.ts';

/** Says why an install did not end as pip would have ended it. Nothing to say on a good day. */
export function presentResult(
  { ending, deniedHosts, passedOver }: InstallResult,
  obstacles: readonly Obstacle[],
  terminal: Terminal,
): void {
  if (deniedHosts.length > 0 && ending.kind === 'pip' && ending.exitCode !== 0) presentDenied(deniedHosts, terminal);
  switch (ending.kind) {
    case 'pip':
      if (ending.exitCode === 0) presentPassedOver(passedOver, terminal);
      return;
    case 'interrupted':
      return;
    case 'trouble':
      presentTrouble(ending.observed.trouble, obstacles, terminal);
      return;
    case 'mismatch':
    case 'no-progress':
      for (const { message } of obstacles) {
        terminal.stderr.write(`${terminal.style.yellow('awspip:')} ${printable(message)}\n`);
      }
      presentWaysOut(obstacles, terminal);
      return;
    case 'vetting':
      presentVetting(ending.answer, obstacles, terminal);
  }
}

function presentDenied(hosts: readonly string[], terminal: Terminal): void {
  const { stderr, style } = terminal;
  stderr.write(`${style.yellow('awspip:')} kept from ${list(hosts)}: only vetted packages may come in\n`);
  hint(terminal, 'have what is needed from there in the vetted repository, and take it out of what names that host');
}

function presentPassedOver(passedOver: readonly Refusal[], { stderr, style }: Terminal): void {
  for (const { name, version, kind, heldUntil } of passedOver) {
    const why = kind === 'HELD' ? `is held${heldUntil ? ` until ${heldUntil}` : ''}` : 'was refused';
    const what = printable(`${name} ${version ?? ''}`);
    stderr.write(`${style.dim(`awspip: ${what} ${why}; an older release was taken`)}\n`);
  }
}

function presentTrouble(trouble: readonly Trouble[], obstacles: readonly Obstacle[], terminal: Terminal): void {
  const told = trouble.find(({ error }) => error instanceof AwspipError);
  if (told !== undefined) {
    presentError(told.error, terminal);
    return;
  }
  const causes = obstacles.map(({ message }) => printable(message));
  terminal.stderr.write(`${terminal.style.red('awspip:')} ${causes.join('\n  ')}\n`);
  presentWaysOut(obstacles, terminal);
}

function presentVetting({ kind, record }: Answer, obstacles: readonly Obstacle[], terminal: Terminal): void {
  const { stderr, style } = terminal;
  if (kind === 'refused') {
    const fatal = record.refusals.filter((refusal) => refusal.fatal);
    for (const refusal of fatal) stderr.write(`${style.red('awspip:')} ${describeRefusal(refusal, terminal)}\n`);
    presentWaysOut(obstacles, terminal);
    for (const way of presentDecisions(fatal)) hint(terminal, way);
  } else {
    const mark = kind === 'still-running' ? style.yellow : style.red;
    for (const { message } of obstacles) stderr.write(`${mark('awspip:')} ${printable(message)}\n`);
    presentWaysOut(obstacles, terminal);
  }
}

const mostWaysOut = 10;

/** Each way out once: ten refused releases of one project have one. */
function presentWaysOut(obstacles: readonly Obstacle[], terminal: Terminal): void {
  const ways = new Set(obstacles.map(({ wayOut }) => wayOut));
  for (const way of [...ways].slice(0, mostWaysOut)) hint(terminal, printable(way));
}
