import { type Command, Option } from 'commander';
import { parsePipArguments } from '../../pip/grammar.ts';
import type { VetOutcome } from '../../review/types.ts';
import { decideMode, type Mode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { openProgress } from '../progress.ts';
import { vetSarif } from '../review/sarif.ts';
import { vetJson, vetJunit, vetText } from '../review/vet-formats.ts';
import type { VetResult } from '../review/vet-result.ts';
import { vetResult } from '../review/vet-result.ts';
import { refuseUnvetted } from '../unvetted-sources.ts';

type Flags = {
  readonly format: 'text' | 'json' | 'sarif' | 'junit';
  readonly json?: boolean;
  readonly output?: string;
};

/** `awspip vet`: the decision for a whole file, without installing. `end` is told the exit code. */
export function addVet(
  program: Command,
  resolved: ResolvedSettings,
  context: Context,
  end: (exitCode: number) => void,
): void {
  program
    .command('vet')
    .summary('whether requirements may be installed, without installing them')
    .description(
      'Has everything vetted that an install would need, and waits for it. Takes what `pip install` takes: `-r FILE`, `-c FILE`, `--pre`, `--no-deps`, … Exit codes are those of an install.',
    )
    .usage('[options] -r requirements.txt | REQUIREMENT…')
    .argument('[arguments...]', 'as for `pip install`')
    .allowUnknownOption()
    .addOption(new Option('--format <format>').choices(['text', 'json', 'sarif', 'junit']).default('text'))
    .option('--json', 'the same as `--format json`')
    .option('--output <file>', 'write it there rather than to stdout')
    .action(async (words: readonly string[], flags: Flags) => {
      const mode = decideMode(resolved, context.environment.CI);
      const result = vetResult(await vet(['install', ...words], mode, resolved, context));
      await tell(result, flags, mode, context);
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
      accept: (unvetted) => refuseUnvetted(command, unvetted),
    });
  } finally {
    progress.stop();
  }
}

async function tell(result: VetResult, flags: Flags, mode: Mode, context: Context): Promise<void> {
  const { terminal, version, cwd, writeText } = context;
  const format = flags.json === true ? 'json' : flags.format;
  const text = {
    text: () => vetText(result, terminal),
    json: () => vetJson(result, { version, stack: mode }),
    sarif: () => vetSarif(result, { version, cwd }),
    junit: () => vetJunit(result),
  }[format]();
  if (flags.output === undefined) terminal.stdout.write(text);
  else await writeText(flags.output, text);
}
