import { AwspipError } from '../errors.ts';
import type { Trouble } from '../index/relay/types.ts';
import type { InstallResult } from '../install/types.ts';
import type { Answer } from '../vetting/ask.ts';
import type { Refusal } from '../vetting/types.ts';
import { hint, presentError } from './present-error.ts';
import { printable, type Terminal } from './terminal.ts';
import { describeRefusal, describeStep, list } from './words.ts';

/** Says why an install did not end as pip would have ended it. Nothing to say on a good day. */
export function presentResult({ ending, deniedHosts, passedOver }: InstallResult, terminal: Terminal): void {
  if (deniedHosts.length > 0 && ending.kind === 'pip' && ending.exitCode !== 0) presentDenied(deniedHosts, terminal);
  switch (ending.kind) {
    case 'pip':
      if (ending.exitCode === 0) presentPassedOver(passedOver, terminal);
      return;
    case 'interrupted':
      return;
    case 'trouble':
      presentTrouble(ending.observed.trouble, terminal);
      return;
    case 'no-progress':
      terminal.stderr.write(
        `${terminal.style.yellow('awspip:')} everything asked for is vetted, and pip still finds no ${list(ending.requirements)}\n`,
      );
      hint(terminal, '`awspip status` shows what was decided');
      return;
    case 'vetting':
      presentVetting(ending.answer, terminal);
  }
}

function presentDenied(hosts: readonly string[], { stderr, style }: Terminal): void {
  stderr.write(`${style.yellow('awspip:')} pip was kept from ${list(hosts)}: only vetted packages may come in\n`);
}

function presentPassedOver(passedOver: readonly Refusal[], { stderr, style }: Terminal): void {
  for (const { name, version, kind, heldUntil } of passedOver) {
    const why = kind === 'HELD' ? `is held${heldUntil ? ` until ${heldUntil}` : ''}` : 'was refused';
    stderr.write(style.dim(`awspip: ${printable(`${name} ${version ?? ''}`)} ${why}; an older release was taken\n`));
  }
}

function presentTrouble(trouble: readonly Trouble[], terminal: Terminal): void {
  const told = trouble.find(({ error }) => error instanceof AwspipError);
  if (told !== undefined) {
    presentError(told.error, terminal);
    return;
  }
  const causes = [...new Set(trouble.map(({ cause }) => cause))];
  terminal.stderr.write(`${terminal.style.red('awspip:')} ${causes.slice(0, 3).map(printable).join('\n  ')}\n`);
  hint(terminal, wayOutOfTrouble(trouble));
}

function wayOutOfTrouble(trouble: readonly Trouble[]): string {
  const kinds = new Set(trouble.map(({ kind }) => kind));
  if (kinds.has('denied')) return 'sign in again, for instance with `aws sso login`, and run the same command';
  if (kinds.has('digest-mismatch')) return 'nothing of that file was kept; tell whoever keeps the repository';
  return 'nothing was lost: run the same command again in a while';
}

function presentVetting({ kind, record }: Answer, terminal: Terminal): void {
  const { stderr, style } = terminal;
  if (kind === 'still-running') {
    stderr.write(`${style.yellow('awspip:')} still being vetted when the wait ran out (${describeStep(record)})\n`);
    hint(terminal, 'run the same command again to go on waiting, or give it longer with `--awspip-wait=SECONDS`');
    return;
  }
  if (kind === 'error') {
    stderr.write(`${style.red('awspip:')} the vetting failed: ${printable(record.cause ?? 'no cause was recorded')}\n`);
    hint(terminal, 'run the same command again: it takes the request up anew');
    return;
  }
  const fatal = record.refusals.filter((refusal) => refusal.fatal);
  for (const refusal of fatal) stderr.write(`${style.red('awspip:')} ${describeRefusal(refusal, terminal)}\n`);
  for (const way of waysOut(fatal)) hint(terminal, way);
}

/** One way out per kind of refusal. */
function waysOut(refusals: readonly Refusal[]): readonly string[] {
  const kinds = new Set(refusals.map(({ kind }) => kind));
  const ways: string[] = [];
  if (kinds.has('BLOCKED')) {
    ways.push(
      'choose another project, or have it put on the allow list of the policy (`AWSPIP_POLICY` on this machine)',
    );
  }
  if (kinds.has('HELD')) {
    ways.push(
      refusals.some(({ heldUntil }) => heldUntil !== undefined)
        ? 'ask for an older release, or run the same command again when it is old enough'
        : 'run the same command again when the unknown signals can be had, or have it put on the allow list',
    );
  }
  if (kinds.has('NOT_FOUND')) ways.push('check the name and the version for a slip');
  if (kinds.has('ERROR')) ways.push('run the same command again: what failed is tried anew');
  return ways;
}
