import type { Command } from 'commander';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context, LocalControl, LocalState } from '../context.ts';
import { verbSummaries } from '../verb-names.ts';

/** Adds `awspip local …`, which controls the local stack. `end` is called with an exit code other than 0. */
export function addLocal(
  program: Command,
  resolved: ResolvedSettings,
  context: Context,
  end: (code: number) => void,
): void {
  const { stdout } = context.terminal;
  const control = async () => (await context.compose(resolved)).local();
  const local = program
    .command('local')
    .summary(verbSummaries.local)
    .description('Controls the local stack, which does on this machine what the deployment does on AWS.');
  local
    .command('up')
    .summary('start it if it does not run')
    .action(async () => stdout.write(stateText(await (await control()).up())));
  local
    .command('down')
    .summary('stop it; its data stays')
    .action(async () => stdout.write((await (await control()).down()) ? 'stopped\n' : 'not running\n'));
  local
    .command('status')
    .summary('show whether it runs, and where; exits with 1 if it does not')
    .action(async () => {
      const state = await (await control()).status();
      stdout.write(stateText(state));
      if (!state.running) end(1);
    });
  local
    .command('logs')
    .summary('print its log')
    .action(async () => stdout.write((await context.readText((await control()).logFile)) ?? ''));
  local
    .command('env')
    .summary('print variables for AWS clients, pip, twine and uv, for `eval "$(awspip local env)"`')
    .action(async () => stdout.write(exportsText(await (await control()).env())));
  local
    .command('reset')
    .summary('stop it and delete its data')
    .action(async () => {
      await (await control()).reset();
      stdout.write('stopped, and its data is deleted; decisions stay\n');
    });
  local
    .command('repair')
    .summary('stop it and move damaged data aside')
    .action(async () => stdout.write(repairText(await (await control()).repair())));
  local
    .command('serve', { hidden: true })
    .argument('<configuration>')
    .action(async (file: string) => (await context.compose(resolved)).serve(file));
}

function stateText(state: LocalState): string {
  if (!state.running && state.unresponsive) {
    const process = state.unresponsive.pid === undefined ? '' : ` (process ${state.unresponsive.pid})`;
    return `not answering${process}; \`awspip local down\` ends it\n`;
  }
  if (!state.running) return `not running; its data is in ${state.stateDirectory}\n`;
  const { endpoint, pid, version, stateDirectory } = state;
  return `running at ${endpoint} (process ${pid}, awspip ${version}); its data is in ${stateDirectory}\n`;
}

function repairText({ moved, to }: Awaited<ReturnType<LocalControl['repair']>>): string {
  if (moved.length === 0) return 'stopped; nothing is damaged\n';
  const lines = moved.map(({ path, reason }) => `moved ${path}: ${reason}\n`);
  return `${lines.join('')}stopped; ${moved.length === 1 ? 'the damaged part is' : 'the damaged parts are'} in ${to}\n`;
}

function exportsText(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('');
}
