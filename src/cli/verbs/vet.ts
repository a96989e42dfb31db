import { type Command, Option } from 'commander';
import { outputError } from '../../errors.ts';
import { parsePipArguments } from '../../pip/grammar.ts';
import type { VetOutcome } from '../../review/types.ts';
import { decideMode, type Mode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { openProgress } from '../progress.ts';
import { acceptListed, acceptVetted } from '../reject-unvetted.ts';
import { vetSarif } from '../review/sarif.ts';
import { vetJson, vetJunit, vetText } from '../review/vet-formats.ts';
import { type VetResult, vetResult } from '../review/vet-result.ts';
import { plainStyle } from '../terminal.ts';
import { verbSummaries } from '../verb-names.ts';

type Flags = {
  readonly format: 'text' | 'json' | 'sarif' | 'junit';
  readonly json?: boolean;
  readonly output?: string;
};

/** Adds `awspip vet`, which checks requirements without installing them. `end` is called with the exit code. */
export function addVet(
  program: Command,
  resolved: ResolvedSettings,
  context: Context,
  end: (exitCode: number) => void,
): void {
  program
    .command('vet')
    .summary(verbSummaries.vet)
    .description(
      'Requests vetting of everything an install would need, and waits for the verdict. Takes the arguments of `pip install`: `-r FILE`, `-c FILE`, `--pre`, `--no-deps`, … Its exit codes are those of an install.',
    )
    .usage('[options] -r requirements.txt | REQUIREMENT…')
    .argument('[arguments...]', 'as for `pip install`')
    .allowUnknownOption()
    .addOption(
      new Option('--format <format>', 'output format').choices(['text', 'json', 'sarif', 'junit']).default('text'),
    )
    .option('--json', 'same as `--format json`')
    .option('--output <file>', 'write to a file instead of stdout')
    .action(async (requirements: readonly string[], flags: Flags) => {
      const mode = decideMode(resolved, context.environment.CI);
      const outcome = await vet(['install', ...requirements], mode, resolved, context);
      const result = vetResult(outcome, { asks: mode === 'aws' });
      await writeResult(resultText(result, flags, mode, context), flags.output, context);
      end(result.exitCode);
    });
}

async function vet(
  argv: readonly string[],
  mode: Mode,
  resolved: ResolvedSettings,
  context: Context,
): Promise<VetOutcome> {
  const command = parsePipArguments(argv);
  const reviewService = await (await context.compose(resolved)).reviewService();
  const progress = await openProgress(resolved.values.progress, context.terminal);
  try {
    return await reviewService.vet(mode, command, {
      report: progress.report,
      accept: acceptListed(
        acceptVetted(command, progress.report),
        async () => (await reviewService.policyNotes(mode)).indexes,
      ),
    });
  } finally {
    progress.stop();
  }
}

function resultText(result: VetResult, flags: Flags, mode: Mode, { terminal, version, cwd }: Context): string {
  switch (flags.json === true ? 'json' : flags.format) {
    case 'text':
      return vetText(result, Date.now(), flags.output === undefined ? terminal.stdoutStyle : plainStyle);
    case 'json':
      return vetJson(result, { version, stack: mode });
    case 'sarif':
      return vetSarif(result, { version, cwd });
    case 'junit':
      return vetJunit(result);
  }
}

async function writeResult(text: string, file: string | undefined, { terminal, writeText }: Context): Promise<void> {
  if (file === undefined) {
    terminal.stdout.write(text);
    return;
  }
  await writeText(file, text).catch((cause: unknown) => {
    throw outputError(`\`${file}\``, cause);
  });
}
