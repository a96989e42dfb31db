import type { Command } from 'commander';
import { AwspipError, exitCodes } from '../../errors.ts';
import { parsePipArguments } from '../../pip/grammar.ts';
import { parseSpec, readReason } from '../../review/spec.ts';
import type { VetOutcome } from '../../review/types.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import { openAskedNews } from '../asked-news.ts';
import type { Context } from '../context.ts';
import { jsonDocument } from '../json-document.ts';
import { failureHints } from '../problem-hints.ts';
import { openProgress } from '../progress.ts';
import { acceptListed, acceptVetted } from '../reject-unvetted.ts';
import { requestText } from '../review/request-text.ts';
import { vetResult } from '../review/vet-result.ts';
import { stdoutOutput } from '../terminal.ts';
import { verbSummaries } from '../verb-names.ts';

type Flags = { readonly reason: string; readonly json?: boolean };

/** Adds `awspip request`, with which developers ask for releases and say why. `end` is called with the exit code. */
export function addRequest(
  program: Command,
  resolved: ResolvedSettings,
  context: Context,
  end: (exitCode: number) => void,
): void {
  program
    .command('request')
    .summary(verbSummaries.request)
    .description(
      'Vets releases, and puts what is not allowed into the queue of the approvers with your reason. `awspip holds --mine` shows what becomes of it. The exit code is 0 if everything is vetted or in the queue.',
    )
    .argument('<spec...>', 'projects, or versions of them: `request2==0.2`')
    .requiredOption('--reason <text>', 'what you need it for; approvers read it')
    .option('--json', 'print one JSON document')
    .action(async (given: readonly string[], flags: Flags) => {
      const specs = given.map((text) => parseSpec(text)).map(({ name, specifier }) => `${name}${specifier}`);
      const reason = readReason(flags.reason);
      const outcome = await vetWith(specs, reason, resolved, context);
      const { answer } = outcome;
      if (answer.kind === 'error') throw failed(answer.record.cause);
      const { stdout } = context.terminal;
      const result = { request: answer.record.requestId, kind: answer.kind, refusals: answer.record.refusals };
      stdout.write(
        flags.json === true
          ? jsonDocument({ ...result, specs, reason, releases: outcome.releases, contact: answer.record.contact })
          : requestText(outcome, specs, Date.now(), stdoutOutput(context.terminal)),
      );
      end(exitCodeOf(outcome));
    });
}

async function vetWith(
  specs: readonly string[],
  reason: string,
  resolved: ResolvedSettings,
  context: Context,
): Promise<VetOutcome> {
  const mode = decideMode(resolved, context.environment.CI);
  const command = parsePipArguments(['install', ...specs]);
  const service = await (await context.compose(resolved)).reviewService();
  const news = openAskedNews(resolved, mode, { reviewService: async () => service }, context);
  const progress = await openProgress(resolved.values.progress, context.terminal);
  try {
    const accept = acceptListed(acceptVetted(command, progress.report), async () => []);
    const outcome = await service.vet(mode, command, { report: progress.report, accept, reason });
    await news.remember(outcome.answer.record.refusals);
    return outcome;
  } finally {
    progress.stop();
  }
}

/** Returns 0 if everything is vetted or waits for a person or its age. */
function exitCodeOf(outcome: VetOutcome): number {
  const fatal = outcome.answer.record.refusals.filter((refusal) => refusal.fatal);
  const isQueued = fatal.length > 0 && fatal.every(({ kind }) => kind === 'HELD' || kind === 'BLOCKED');
  return outcome.answer.kind === 'refused' && isQueued ? exitCodes.ok.code : vetResult(outcome).exitCode;
}

function failed(cause = 'no cause was recorded'): AwspipError {
  const [hint] = failureHints(cause);
  return new AwspipError('vetting-failed', `the vetting failed: ${cause}`, { exit: 'unavailable', hint });
}
