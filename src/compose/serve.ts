import { readFile, rm } from 'node:fs/promises';
import { optimizeLate } from '../compiler-settings.ts';
import { serveStack } from '../local/lifecycle/serve-stack.ts';
import { decisionsFile, olderStackFolders, stackFolder } from '../local/lifecycle/stack-folders.ts';
import { endOnUncaughtError } from '../local/lifecycle/uncaught-error.ts';
import { stackNames } from '../local/names.ts';
import { openStack } from '../local/stack.ts';
import type { ProcessContext } from '../process-context.ts';
import { version } from '../version.ts';
import { eventInput, eventPattern, vettingWorkflow } from '../workflow/definition.ts';
import { configured, type StackConfiguration } from './stack-configuration.ts';
import { openStackServices } from './stack-services.ts';

/** Runs the background process of the local stack until it is idle, drained or signalled. */
export async function serve(context: ProcessContext, file: string): Promise<void> {
  const { stateDirectory: folder, idleSeconds } = JSON.parse(await readFile(file, 'utf8')) as {
    readonly stateDirectory: string;
    readonly idleSeconds: number;
  };
  await rm(file, { force: true });
  const stateDirectory = stackFolder(folder, version);
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
  const log = (line: string) => process.stdout.write(`${new Date(context.now()).toISOString()} ${line}\n`);
  endOnUncaughtError(log);
  optimizeLate();
  const { secure } = stackNames;
  const reason = await serveStack({
    stateDirectory,
    olderDirectories: await olderStackFolders(folder, version),
    version,
    idleSeconds,
    now: context.now,
    log,
    signal: ending.signal,
    open: ({ port, onDrain }) =>
      openStack({
        stateDirectory,
        decisionsFile: decisionsFile(folder),
        definition: vettingWorkflow((task) => `awspip-${task}`),
        eventPattern: (domain) => eventPattern({ domain, repository: secure }),
        eventInput,
        configure: (configuration) =>
          configured(configuration as StackConfiguration, (known) => openStackServices(context, known)),
        version,
        port,
        now: context.now,
        log,
        onDrain,
      }),
  });
  log(`ended: ${reason}`);
}
