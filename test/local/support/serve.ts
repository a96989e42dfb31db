// The background process of the lifecycle tests. It runs a stack with the folder and settings in its environment.
// `built-serve.ts` builds it.
import { appendFileSync } from 'node:fs';
import { AwspipError } from '../../../src/errors.ts';
import { serveStack } from '../../../src/local/lifecycle/serve-stack.ts';
import { openOneDomain } from './one-domain.ts';
import { fakePublicIndex, wheel } from './public-index.ts';
import { smallDefinition, smallInput, smallPattern, smallTasks } from './small-workflow.ts';

const { STACK_FOLDER = '', STACK_VERSION = '1.0.0', STACK_OLDER = '', STACK_IDLE = '60', STACK_STARTS } = process.env;
if (STACK_STARTS) appendFileSync(STACK_STARTS, 'x');

const stopped = new AbortController();
process.once('SIGTERM', () => stopped.abort());
const log = (line: string): void => console.error(line);
const upstream = fakePublicIndex();
upstream.publish('known', wheel('known', '1.0'));

try {
  const end = await serveStack({
    stateDirectory: STACK_FOLDER,
    olderDirectories: STACK_OLDER === '' ? [] : [STACK_OLDER],
    version: STACK_VERSION,
    idleSeconds: Number(STACK_IDLE),
    open: (options) =>
      openOneDomain({
        ...options,
        stateDirectory: STACK_FOLDER,
        decisionsFile: `${STACK_FOLDER}/decisions.jsonl`,
        upstream: upstream.index,
        definition: smallDefinition,
        tasks: () => ({
          ...smallTasks(),
          work: async (item: number) => {
            // Occupies the process for ever, as an endless loop in its code would.
            for (; item < 0; );
            return item * 2;
          },
        }),
        eventPattern: smallPattern,
        eventInput: smallInput,
        packageCheck: async () => Response.json({}),
        prepare: async (_access, orphaned) => {
          if (orphaned.length > 0) log(`orphaned: ${orphaned.join(' ')}`);
        },
        version: STACK_VERSION,
        now: Date.now,
        log,
      }),
    now: Date.now,
    log,
    signal: stopped.signal,
  });
  log(`ended: ${end}`);
} catch (error) {
  log(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof AwspipError && error.exit === 'configuration' ? 78 : 1;
}
