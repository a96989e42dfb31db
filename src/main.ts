import { access, constants, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Chalk } from 'chalk';
import { presentError } from './cli/present-error.ts';
import { run } from './cli/run.ts';
import type { Style, Terminal } from './cli/terminal.ts';
import { AwspipError, outputNotWritten } from './errors.ts';
import { homeFolder, workingFolder } from './folders.ts';
import { version } from './version.ts';

// The SDK's own notice about Node 20 is not for the people who install packages.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// A reader that went away (`awspip list | head -1`) is no failure of ours.
let notWritten: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') notWritten ??= error;
});
// Words that can't be said (a full disk, a terminal that is gone) stop no work.
process.stderr.on('error', () => {});

const exitCode = await run({
  argv: process.argv.slice(2),
  environment: process.env,
  cwd: startFolder(),
  home: homeFolder(),
  platform: process.platform,
  version,
  terminal: terminal(),
  readText,
  writeText: (file, text) => writeFile(file, text),
  compose: async (settings) => (await import('./compose/compose.ts')).compose(settings),
});

// Nothing that is still open (a connection kept alive, a poll under way) may keep the caller waiting.
// But what was said must arrive: a pipe that is full takes the rest later.
await Promise.all([process.stdout, process.stderr].map(emptied));
endBySignal(exitCode);
process.exit(
  notWritten !== undefined && exitCode === 0
    ? presentError(outputNotWritten('stdout', notWritten), terminal())
    : exitCode,
);

/**
 * What a signal ended, as pip, ends by that signal: a shell calls it by the same number. Besides, Node aborts in its own
 * exit when the terminal is gone.
 */
function endBySignal(code: number): void {
  const signal = ({ 129: 'SIGHUP', 143: 'SIGTERM' } as const)[code];
  if (signal === undefined || process.platform === 'win32') return;
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function emptied(stream: NodeJS.WriteStream): Promise<unknown> {
  return new Promise((taken) => {
    // A file takes everything at once, and tells of failure in the next turn.
    if (stream.writableLength === 0) setImmediate(taken);
    else stream.write('', taken);
  });
}

/** Where settings are looked for; what needs the folder itself says by itself that it is gone. */
function startFolder(): string {
  try {
    return workingFolder();
  } catch {
    return '/';
  }
}

function terminal(): Terminal {
  const { stdout, stderr, env } = process;
  // A terminal that does not know its width (some CI systems, `script`) cannot redraw a line.
  const interactive =
    stderr.isTTY === true && (stderr.columns ?? 0) > 10 && env.TERM !== 'dumb' && (env.CI ?? '') === '';
  return {
    stdout,
    stderr,
    interactive,
    columns: stdout.columns ?? 80,
    style: styleOf(stderr),
    stdoutStyle: styleOf(stdout),
  };
}

/** Returns the styles of a stream: colour for a terminal, unless `NO_COLOR` or `FORCE_COLOR` decides. */
function styleOf(stream: NodeJS.WriteStream): Style {
  const { NO_COLOR = '', FORCE_COLOR = '', TERM } = process.env;
  const colour = NO_COLOR === '' && (FORCE_COLOR !== '' || (stream.isTTY === true && TERM !== 'dumb'));
  const { bold, dim, red, green, magenta } = new Chalk({ level: colour ? 1 : 0 });
  return { bold, dim, red, green, magenta };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) return undefined;
    const kind = await access(path.dirname(file), constants.X_OK).then(
      () => 'file-unreadable',
      () => 'folder-unreadable',
    );
    throw new AwspipError(kind, `${file} cannot be read: ${code}`, {
      exit: 'configuration',
      hint: 'make it readable, or remove it',
      cause: error,
    });
  }
}
