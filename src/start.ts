import { readFileSync } from 'node:fs';
import { runPlain } from './cli/plain-pip.ts';
import { raiseSignal } from './end-process.ts';
import { homeFolder } from './folders.ts';
import { outerRelayVariables } from './installers/outer-relay.ts';
import { compiledCodeFolder, userFile } from './settings/folders.ts';
import { version } from './version.ts';

// The entry. It is one file without libraries, so that pip starts as early as possible for a command such as `list`.
startPlain().then(async (exitCode) => {
  if (exitCode === undefined) {
    // A fresh machine has none, and one that restores a shared cache must not run code from it.
    if (!process.env.CI) {
      const { keepCompiledCode } = await import('./compile-cache.ts'); // lazy: `list` needs none
      await keepCompiledCode(compiledCodeFolder(machine(process.env)), version);
    }
    return import('./main.ts');
  }
  raiseSignal(exitCode);
  process.exit(exitCode);
});

async function startPlain(): Promise<number | undefined> {
  const environment = { ...process.env, ...outerRelayVariables(process.env) };
  try {
    return await runPlain({
      argv: process.argv.slice(2),
      environment,
      userFile: userFile(machine(environment)),
      readText,
    });
  } catch {
    return undefined; // pip has not run, and `main` reports the reason
  }
}

function machine(environment: NodeJS.ProcessEnv) {
  return { platform: process.platform, home: homeFolder(), environment };
}

/** Reads a text file. One that can't be read doesn't matter where pip runs alone. */
async function readText(file: string): Promise<string | undefined> {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
