import { Command, CommanderError } from 'commander';
import { exitCodes } from '../errors.ts';
import { decideMode } from '../settings/mode.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import type { Context, LocalState } from './context.ts';
import { writeHint } from './present-error.ts';
import { statusText } from './status.ts';
import { addDecisions } from './verbs/decide.ts';
import { addDoctor } from './verbs/doctor.ts';
import { addExec } from './verbs/exec.ts';
import { addExplain } from './verbs/explain.ts';
import { addPolicy } from './verbs/policy.ts';
import { addSetup } from './verbs/setup.ts';
import { addVet } from './verbs/vet.ts';

/** Runs one of our own verbs. */
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
    if (error.code !== 'commander.help')
      writeHint(context.terminal, `\`awspip ${argv[0]} --help\` shows what it takes`);
    return exitCodes.usage.code;
  }
}

/** The table of our verbs. `end` is told an exit code other than 0. */
export function ownProgram(resolved: ResolvedSettings, context: Context, end: (exitCode: number) => void): Command {
  const program = new Command('awspip').exitOverride().configureOutput({
    writeOut: (text) => context.terminal.stdout.write(text),
    writeErr: (text) => context.terminal.stderr.write(text),
    outputError: (text, write) => write(text.replace(/^error:/, context.terminal.style.red('awspip:'))),
  });
  program
    .command('status')
    .summary('what is being vetted, and what was decided')
    .description('Shows the requests being vetted and the latest decisions, newest first.')
    .option('--json', 'one JSON document on stdout', false)
    .action(async ({ json }: { json: boolean }) => {
      const view = await (await context.compose(resolved)).status(decideMode(resolved, context.environment.CI));
      context.terminal.stdout.write(json ? `${JSON.stringify(view, null, 2)}\n` : statusText(view, context.terminal));
    });
  addLocal(program, resolved, context, end);
  addPolicy(program, resolved, context);
  addExplain(program, resolved, context);
  addDecisions(program, resolved, context);
  addVet(program, resolved, context, end);
  addExec(program);
  addSetup(program, resolved, context);
  addDoctor(program, resolved, context, end);
  return program;
}

function addLocal(program: Command, resolved: ResolvedSettings, context: Context, end: (code: number) => void): void {
  const { stdout } = context.terminal;
  const control = async () => (await context.compose(resolved)).local();
  const local = program
    .command('local')
    .summary('the local stack on this machine')
    .description('The local stack does on this machine what the deployed system does on AWS, without an account.');
  local
    .command('up')
    .summary('start it, if it does not run')
    .action(async () => stdout.write(stateText(await (await control()).up())));
  local
    .command('down')
    .summary('end it; what it knows is kept')
    .action(async () => stdout.write((await (await control()).down()) ? 'ended\n' : 'it was not running\n'));
  local
    .command('status')
    .summary('whether it runs, and where; exit code 1 when it does not')
    .action(async () => {
      const state = await (await control()).status();
      stdout.write(stateText(state));
      if (!state.running) end(1);
    });
  local
    .command('logs')
    .summary('what it wrote')
    .action(async () => stdout.write((await context.readText((await control()).logFile)) ?? ''));
  local
    .command('env')
    .summary('variables with which AWS clients and plain pip reach it, for `eval "$(awspip local env)"`')
    .action(async () => stdout.write(exportsText(await (await control()).env())));
  local
    .command('reset')
    .summary('end it and forget everything it kept')
    .action(async () => {
      await (await control()).reset();
      stdout.write('ended, and everything it kept is gone\n');
    });
  local
    .command('serve', { hidden: true })
    .argument('<configuration>')
    .action(async (file: string) => (await context.compose(resolved)).serve(file));
}

function stateText(state: LocalState): string {
  if (!state.running) return `not running; its folder is ${state.stateDirectory}\n`;
  return `running at ${state.endpoint} (process ${state.pid}, awspip ${state.version}); its folder is ${state.stateDirectory}\n`;
}

function exportsText(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('');
}
