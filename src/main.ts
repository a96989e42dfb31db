import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { Chalk } from 'chalk';
import { run } from './cli/run.ts';
import type { Terminal } from './cli/terminal.ts';
import { version } from './version.ts';

// The SDK's own notice about Node 20 is not for the people who install packages.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// A reader that went away (`awspip list | head -1`) is no failure of ours.
process.stdout.on('error', ignoreClosedPipe);
process.stderr.on('error', ignoreClosedPipe);

const exitCode = await run({
  argv: process.argv.slice(2),
  environment: process.env,
  cwd: process.cwd(),
  home: os.homedir(),
  platform: process.platform,
  version,
  terminal: terminal(),
  readText,
  writeText: (file, text) => writeFile(file, text),
  compose: async (settings) => (await import('./compose.ts')).compose(settings),
});

// Nothing that is still open (a connection kept alive, a poll under way) may keep the caller waiting.
// But what was said must arrive: a pipe that is full takes the rest later.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((taken) => stream.write('', taken))));
process.exit(exitCode);

function terminal(): Terminal {
  const { stdout, stderr, env } = process;
  // A terminal that does not know its width (some CI systems, `script`) cannot redraw a line.
  const interactive =
    stderr.isTTY === true && (stderr.columns ?? 0) > 10 && env.TERM !== 'dumb' && (env.CI ?? '') === '';
  const colour =
    (env.NO_COLOR ?? '') === '' && ((env.FORCE_COLOR ?? '') !== '' || (stderr.isTTY === true && env.TERM !== 'dumb'));
  const { bold, dim, red, yellow, green, cyan } = new Chalk({ level: colour ? 1 : 0 });
  return { stdout, stderr, interactive, style: { bold, dim, red, yellow, green, cyan } };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR')
      return undefined;
    throw error;
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
