import { AwspipError } from '../errors.ts';
import type { InstallResult } from '../install/types.ts';
import { printable } from '../printable.ts';
import type { Trouble } from '../relay/types.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { Refusal } from '../vetting/types.ts';
import { describeRefusal, list } from './messages.ts';
import { presentError, writeHint } from './present-error.ts';
import type { Problem } from './problems.ts';
import { presentDecisions } from './review/decision-hints.ts';
import type { Terminal } from './terminal.ts';

/** Says why an install did not end as pip would have ended it. Nothing to say on a good day. */
export function presentResult(
  { ending, deniedHosts, passedOver }: InstallResult,
  problems: readonly Problem[],
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
      presentTrouble(ending.observed.trouble, problems, terminal);
      return;
    case 'mismatch':
    case 'no-progress':
      for (const { message } of problems) {
        terminal.stderr.write(`${terminal.style.yellow('awspip:')} ${printable(message)}\n`);
      }
      presentHints(problems, terminal);
      return;
    case 'vetting':
      presentVetting(ending.answer, problems, terminal);
  }
}

function presentDenied(hosts: readonly string[], terminal: Terminal): void {
  const { stderr, style } = terminal;
  stderr.write(`${style.yellow('awspip:')} kept from ${list(hosts)}: only vetted packages may come in\n`);
  writeHint(
    terminal,
    'have what is needed from there in the vetted repository, and take it out of what names that host',
  );
}

function presentPassedOver(passedOver: readonly Refusal[], { stderr, style }: Terminal): void {
  for (const { name, version, kind, heldUntil } of passedOver) {
    const why = kind === 'HELD' ? `is held${heldUntil ? ` until ${heldUntil}` : ''}` : 'was refused';
    const what = printable(`${name} ${version ?? ''}`);
    stderr.write(`${style.dim(`awspip: ${what} ${why}; an older release was taken`)}\n`);
  }
}

function presentTrouble(trouble: readonly Trouble[], problems: readonly Problem[], terminal: Terminal): void {
  const known = trouble.find(({ error }) => error instanceof AwspipError);
  if (known !== undefined) {
    presentError(known.error, terminal);
    return;
  }
  const causes = problems.map(({ message }) => printable(message));
  terminal.stderr.write(`${terminal.style.red('awspip:')} ${causes.join('\n  ')}\n`);
  presentHints(problems, terminal);
}

function presentVetting({ kind, record }: VettingOutcome, problems: readonly Problem[], terminal: Terminal): void {
  const { stderr, style } = terminal;
  if (kind === 'refused') {
    const fatal = record.refusals.filter((refusal) => refusal.fatal);
    for (const refusal of fatal) stderr.write(`${style.red('awspip:')} ${describeRefusal(refusal, terminal)}\n`);
    presentHints(problems, terminal);
    for (const way of presentDecisions(fatal)) writeHint(terminal, way);
  } else {
    const mark = kind === 'still-running' ? style.yellow : style.red;
    for (const { message } of problems) stderr.write(`${mark('awspip:')} ${printable(message)}\n`);
    presentHints(problems, terminal);
  }
}

const maxHints = 10;

/** Each way out once: ten refused releases of one project have one. */
function presentHints(problems: readonly Problem[], terminal: Terminal): void {
  const ways = new Set(problems.map(({ hint }) => hint));
  for (const way of [...ways].slice(0, maxHints)) writeHint(terminal, printable(way));
}
