import { AwspipError } from '../errors.ts';
import { normaliseName } from '../index/names.ts';
import { openUpstreamIndex } from '../index/upstream-index.ts';
import { stackFolder } from '../local/lifecycle/stack-folders.ts';
import { stackStatus } from '../local/lifecycle/stack-status.ts';
import { networkHintOfText } from '../network-hint.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { version } from '../version.ts';
import { runCheck } from './run-check.ts';
import type { Check } from './types.ts';

/** Checks the local stack, and the index from which it takes packages. Does not start the stack. */
export async function* localChecks(context: ProcessContext): AsyncIterable<Check> {
  yield await runCheck('local stack', async () => {
    const { stateDirectory } = context;
    const status = await stackStatus({ stateDirectory: stackFolder(stateDirectory, version) });
    if (status.kind === 'unresponsive') {
      throw new AwspipError('stack-busy', 'the local stack runs, but does not answer', {
        exit: 'unavailable',
        hint: 'end it with `awspip local down`; the next install starts it again',
      });
    }
    return status.kind === 'running'
      ? `running at ${status.stack.endpoint}, with state in ${stateDirectory}`
      : `not running; the next install starts it, with state in ${stateDirectory}`;
  });
  yield await runCheck('index', async () => {
    const configuration = readMachineConfiguration(context).upstream;
    const upstream = openUpstreamIndex(configuration, { cacheSeconds: 0 });
    try {
      const answer = await upstream.page(normaliseName('pip'));
      if (answer.kind === 'unreachable') {
        throw new AwspipError('index-unreachable', `the index is unreachable: ${answer.cause}`, {
          exit: 'unavailable',
          hint: networkHintOfText(answer.cause) ?? 'check `index-url` in pip.conf, or `PIP_INDEX_URL`',
        });
      }
      return answer.kind === 'found' ? answer.from.join(', ') : 'reachable; it has no project `pip`';
    } finally {
      await upstream.close();
    }
  });
}
