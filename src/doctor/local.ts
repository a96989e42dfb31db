import { AwspipError } from '../errors.ts';
import { normaliseName } from '../index/names.ts';
import { openUpstreamIndex } from '../index/upstream-index.ts';
import { stackStatus } from '../local/lifecycle/status.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { check } from './check.ts';
import type { Check } from './types.ts';

/** The local stack, and the index that it vets from. */
export async function* localChecks(context: ProcessContext): AsyncIterable<Check> {
  yield await check('local stack', async () => {
    const { stateDirectory } = context;
    const status = await stackStatus({ stateDirectory });
    return status.kind === 'running'
      ? `runs at ${status.stack.endpoint}, its folder is ${stateDirectory}`
      : `does not run; an install starts it; its folder is ${stateDirectory}`;
  });
  yield await check('index', async () => {
    const configuration = readMachineConfiguration(context).upstream;
    const upstream = openUpstreamIndex(configuration, { cacheSeconds: 0 });
    try {
      const answer = await upstream.page(normaliseName('pip'));
      if (answer.kind === 'unreachable') {
        throw new AwspipError('index-unreachable', `the index does not answer: ${answer.cause}`, {
          exit: 'unavailable',
          hint: 'correct `index-url` in pip.conf or `PIP_INDEX_URL`',
        });
      }
      return answer.kind === 'found' ? answer.from.join(', ') : 'answers, and has no project `pip`';
    } finally {
      await upstream.close();
    }
  });
}
