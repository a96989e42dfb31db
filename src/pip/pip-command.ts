import { type PythonCommand, pythonCommand } from '../python-command.ts';
import { rewriteConsole } from './console-text.ts';
import type { PipProgram } from './find-pip.ts';
import { findUserAgent, sendUserAgent } from './known-user-agent.ts';
import { compileInParallel } from './parallel-bytecode.ts';
import { type ChannelUse, useChannel } from './pip-channel.ts';
import { useRepository, usesRelay } from './use-repository.ts';

/**
 * Does what `-m pip` does, but Python does not collect garbage before it exits, which takes 4 % of `list`. If the working
 * directory was removed, pip's `__main__` fails, but the command `pip` does not.
 */
const runPipModule = `
import atexit, gc, os
atexit.register(gc.disable)
try: os.getcwd()
except OSError:
    sys.argv[0] = '__main__.py'
    from pip._internal.cli.main import main
    sys.exit(main())
import runpy
runpy._run_module_as_main('pip')
`;

type PipOptions = {
  readonly environment: Readonly<Record<string, string>>;
  /** Replaces pip's line about its indexes on the console. */
  readonly indexLine?: string | undefined;
  /** Indexes of the policy, for which the repository stands. */
  readonly listedUrls?: readonly string[] | undefined;
  /** Absent if the process has no channel. */
  readonly channel?: ChannelUse | undefined;
};

/** Checks whether a program is pip as a module of an interpreter. Only this one uses a channel. */
export function isPipModule({ command }: PipProgram): boolean {
  return command.length > 2 && command.slice(-2).join(' ') === '-m pip';
}

/**
 * Returns the process that starts pip, or another installer as `python -m MODULE`. Python itself would import a `pip.py`
 * or `typing.py` of the working directory, unlike the command `pip`. A cloned repository must not be trusted with that.
 * Options of Python may precede `-m`.
 */
export function pipCommand(
  { command, python }: PipProgram,
  argv: readonly string[],
  { environment, indexLine, listedUrls, channel }: PipOptions,
): PythonCommand {
  const [program = python] = command;
  const [option, name = ''] = command.slice(1).slice(-2);
  if (option !== '-m') return { command: [program, ...command.slice(1), ...argv], environment };
  const prologue = indexLine === undefined ? '' : rewriteConsole(indexLine);
  const parts = [
    channel !== undefined || usesRelay(environment) ? findUserAgent : '',
    channel === 'announce' ? useChannel(channel) : '',
    usesRelay(environment) ? sendUserAgent : '',
    useRepository(environment, listedUrls),
    argv.includes('install') ? compileInParallel : '',
    channel !== undefined && channel !== 'announce' ? useChannel(channel) : '',
    runPipModule,
  ];
  const start = name === 'pip' ? parts.join('') : `import runpy\nrunpy._run_module_as_main(${JSON.stringify(name)})\n`;
  const process = pythonCommand(program, `import sys\n${prologue}${start}`, argv, environment);
  const [interpreter, ...rest] = process.command;
  return { ...process, command: [interpreter, ...command.slice(1, -2), ...rest] };
}
