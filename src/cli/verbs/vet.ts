import path from 'node:path';
import { type Command, Option } from 'commander';
import { type PipCommand, parsePipArguments } from '../../pip/grammar.ts';
import { parseLockName } from '../../pip/lock-name.ts';
import { fallbackFile, sourceRoot } from '../../review/source-root.ts';
import type { VetOutcome } from '../../review/types.ts';
import { decideMode, type Mode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { openProgress } from '../progress.ts';
import { acceptListed, acceptVetted } from '../reject-unvetted.ts';
import { vetJunit, vetSarif } from '../review/vet-documents.ts';
import { vetJson, vetText } from '../review/vet-formats.ts';
import { type VetResult, vetResult } from '../review/vet-result.ts';
import { plainStyle } from '../terminal.ts';
import { verbSummaries } from '../verb-names.ts';
import { writeResult } from './write-result.ts';

type Flags = {
  readonly format: 'text' | 'json' | 'sarif' | 'junit';
  readonly json?: boolean;
  readonly output?: string;
  readonly all?: string;
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
    .usage('[options] -r requirements.txt | REQUIREMENT… | --all FOLDER')
    .argument('[arguments...]', 'as for `pip install`')
    .allowUnknownOption()
    .addOption(
      new Option('--format <format>', 'output format').choices(['text', 'json', 'sarif', 'junit']).default('text'),
    )
    .option('--json', 'same as `--format json`')
    .option('--output <file>', 'write to a file instead of stdout')
    .option('--all <folder>', 'vet every file with requirements and every lock file below a folder')
    .action(async (requirements: readonly string[], flags: Flags) => {
      if (flags.all !== undefined) {
        const format = flags.json === true ? 'json' : flags.format;
        const { vetFolder } = await import('./vet-folder.ts');
        const vetted = await vetFolder(flags.all, requirements, { ...flags, format }, resolved, context);
        await writeResult(vetted.text, flags.output, context, vetted.summary);
        return end(vetted.exitCode);
      }
      const mode = decideMode(resolved, context.environment.CI);
      const command = parsePipArguments(['install', ...requirements]);
      const result = vetResult(await vet(command, mode, resolved, context), { asks: mode === 'aws' });
      const summary = vetText(result, Date.now(), context.terminal.style);
      await writeResult(resultText(result, flags, { mode, command }, context), flags.output, context, summary);
      end(result.exitCode);
    });
}

async function vet(command: PipCommand, mode: Mode, resolved: ResolvedSettings, context: Context): Promise<VetOutcome> {
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

type Run = { readonly mode: Mode; readonly command: PipCommand };

function resultText(
  result: VetResult,
  flags: Flags,
  { mode, command }: Run,
  { terminal, version, cwd }: Context,
): string {
  switch (flags.json === true ? 'json' : flags.format) {
    case 'text':
      return vetText(result, Date.now(), flags.output === undefined ? terminal.stdoutStyle : plainStyle);
    case 'json':
      return vetJson(result, { version, stack: mode });
    case 'sarif':
      return vetSarif(result, { version, cwd, root: sourceRoot(cwd), fallback: fallbackOf(command, cwd) });
    case 'junit':
      return vetJunit(result);
  }
}

/** Returns the file for SARIF results without a line: the pins of a lock file and the requirements of a project have none. */
function fallbackOf(command: PipCommand, cwd: string): string {
  const locks = command.requirementFiles.map((file) => parseLockName(file)?.file ?? file);
  const projects = [...command.arguments, ...command.editables].map((project) => path.join(project, 'pyproject.toml'));
  return fallbackFile([...locks, ...projects], cwd);
}
