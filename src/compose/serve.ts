import { readFile, rm } from 'node:fs/promises';
import { packageCheckApi } from '../firewall/package-check-api.ts';
import { serveStack } from '../local/lifecycle/serve-stack.ts';
import { stackNames } from '../local/names.ts';
import { openStack } from '../local/stack.ts';
import type { ProcessContext } from '../process-context.ts';
import { version } from '../version.ts';
import { eventInput, eventPattern, vettingWorkflow } from '../workflow/definition.ts';
import type { StackConfiguration } from './stack.ts';
import { openStackServices } from './stack-services.ts';

/** Runs the background process of the local stack until it is idle, drained or signalled. */
export async function serve(context: ProcessContext, file: string): Promise<void> {
  const configuration = JSON.parse(await readFile(file, 'utf8')) as StackConfiguration;
  await rm(file, { force: true });
  const { stateDirectory, fingerprint, idleSeconds } = configuration;
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
  const log = (line: string) => process.stdout.write(`${new Date(context.now()).toISOString()} ${line}\n`);
  const services = openStackServices(context, configuration);
  const reason = await serveStack({
    stateDirectory,
    version,
    idleSeconds,
    now: context.now,
    log,
    signal: ending.signal,
    open: ({ port, onDrain }) =>
      openStack({
        stateDirectory,
        upstream: services.upstream,
        definition: vettingWorkflow((task) => `awspip-${task}`),
        tasks: services.tasks,
        eventPattern: eventPattern({ domain: stackNames.domain, repository: stackNames.secure }),
        eventInput,
        packageCheck: packageCheckApi(services.firewall),
        prepare: services.prepare,
        version,
        fingerprint,
        port,
        now: context.now,
        log,
        onDrain,
      }),
  });
  log(`ended: ${reason}`);
  await services.close();
}
