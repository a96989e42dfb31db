import { Command, CommanderError } from 'commander';
import { exitCodes } from '../errors.ts';
import { decideMode } from '../settings/mode.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import type { Context } from './context.ts';
import { addDescriptions } from './help/descriptions.ts';
import { addExamples } from './help/examples.ts';
import { writeHints } from './hint-lines.ts';
import { jsonDocument } from './json-document.ts';
import { statusText } from './status.ts';
import { stdoutOutput } from './terminal.ts';
import { verbSummaries } from './verb-names.ts';
import { addAuditEnvironment } from './verbs/audit-environment.ts';
import { addDecisions } from './verbs/decide.ts';
import { addDoctor } from './verbs/doctor.ts';
import { addExec } from './verbs/exec.ts';
import { addExplain } from './verbs/explain.ts';
import { addFileCache } from './verbs/file-cache.ts';
import { addLocal } from './verbs/local.ts';
import { addPolicy } from './verbs/policy.ts';
import { addQueue } from './verbs/queue.ts';
import { addRequest } from './verbs/request.ts';
import { addReview } from './verbs/review.ts';
import { addSetup } from './verbs/setup.ts';
import { addShellCompletion } from './verbs/shell-completion.ts';
import { addTrust } from './verbs/trust.ts';
import { addVet } from './verbs/vet.ts';

/** Runs one of awspip's own verbs, and returns the exit code. */
export async function runOwnVerb(
  argv: readonly string[],
  resolved: ResolvedSettings,
  context: Context,
): Promise<number> {
  let exitCode: number = exitCodes.ok.code;
  const program = ownProgram(resolved, context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') {
      writeHints(context.terminal, [`run \`awspip ${argv[0]} --help\` to see its arguments and options`]);
    }
    return exitCodes.usage.code;
  }
}

/** Returns the table of awspip's own verbs. `end` is called with an exit code other than 0. */
export function ownProgram(resolved: ResolvedSettings, context: Context, end: (exitCode: number) => void): Command {
  const { stdout, stderr, style, columns } = context.terminal;
  const program = new Command('awspip')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, style.red('awspip:'))),
      getOutHelpWidth: () => columns,
    })
    .configureHelp({
      // Switches are off unless they are given, so their default says nothing.
      optionDescription: ({ description, defaultValue, argChoices }) => {
        const facts = [
          ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
          ...(typeof defaultValue === 'string' || typeof defaultValue === 'number' ? [`default ${defaultValue}`] : []),
        ];
        return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
      },
    });
  program
    .command('status')
    .summary(verbSummaries.status)
    .description(
      'Shows the requests under way, the requests whose vetting failed in the last seven days, and the latest decisions, newest first.',
    )
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: true }) => {
      const view = await (await context.compose(resolved)).status(decideMode(resolved, context.environment.CI));
      stdout.write(json ? jsonDocument(view) : statusText(view, Date.now(), stdoutOutput(context.terminal)));
    });
  addQueue(program, resolved, context);
  addReview(program, resolved, context);
  addExplain(program, resolved, context);
  addVet(program, resolved, context, end);
  addRequest(program, resolved, context, end);
  addAuditEnvironment(program, resolved, context, end);
  addDecisions(program, resolved, context);
  addPolicy(program, resolved, context);
  addTrust(program, resolved, context);
  addSetup(program, resolved, context);
  addShellCompletion(program, context);
  addDoctor(program, resolved, context, end);
  addExec(program);
  addFileCache(program, resolved, context);
  addLocal(program, resolved, context, end);
  addDescriptions(program);
  addExamples(program);
  return program;
}
