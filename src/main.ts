import { access, constants, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Chalk } from 'chalk';
import { presentError } from './cli/present-error.ts';
import { run } from './cli/run.ts';
import { canRedraw, type Style, type Terminal, widthOf } from './cli/terminal.ts';
import { raiseSignal } from './end-process.ts';
import { AwspipError, outputError } from './errors.ts';
import { homeFolder, workingFolder } from './folders.ts';
import { outerRelayVariables } from './installers/outer-relay.ts';
import { examinePath } from './settings/examine-path.ts';
import { version } from './version.ts';

// The SDK's warning about Node 20 is not actionable for people who install packages.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// A script below `awspip exec` may have changed the relay's variables.
Object.assign(process.env, outerRelayVariables(process.env));

// EPIPE is not a failure: the reader closed the pipe early, as in `awspip list | head -1`.
let stdoutError: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') stdoutError ??= error;
});
// A message that cannot be written (full disk, closed terminal) must not stop the install.
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
  canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true && (process.env.CI ?? '') === '',
  confirm: async (question) => (await import('./cli/confirm.ts')).confirm(question, process.stdin, process.stderr),
  userId: process.getuid?.(),
  examine: examinePath,
  compose: async (settings) => (await import('./compose/compose.ts')).compose(settings),
});

// `process.exit` drops open connections and timers, which must not delay the caller. It also drops unwritten output,
// so the streams are flushed first.
await Promise.all([process.stdout, process.stderr].map(flush));
raiseSignal(exitCode);
process.exit(
  stdoutError !== undefined && exitCode === 0 ? presentError(outputError('stdout', stdoutError), terminal()) : exitCode,
);

function flush(stream: NodeJS.WriteStream): Promise<unknown> {
  return new Promise((resolve) => {
    // A write to a file is synchronous, but its error event follows in the next turn of the event loop.
    if (stream.writableLength === 0) setImmediate(resolve);
    else stream.write('', resolve);
  });
}

/** Returns the folder where settings are searched. Commands that need the folder itself report that it is missing. */
function startFolder(): string {
  try {
    return workingFolder();
  } catch {
    return '/';
  }
}

function terminal(): Terminal {
  const { stdout, stderr, env } = process;
  const interactive = canRedraw(stderr) && env.TERM !== 'dumb' && (env.CI ?? '') === '';
  return {
    stdout,
    stderr,
    interactive,
    columns: widthOf(stdout),
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
    throw new AwspipError(kind, `cannot read ${file}: ${code}`, {
      exit: 'configuration',
      hint: 'make it readable, or remove it',
      cause: error,
    });
  }
}
