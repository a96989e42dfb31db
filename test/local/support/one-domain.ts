import { openStack } from '../../../src/local/stack.ts';
import type { Stack, StackOptions, StackServices } from '../../../src/local/types.ts';
import { stackNames } from '../../helpers/stack-names.ts';

/** The options of a stack with one configuration, which is registered when it opens. */
export type OneDomainOptions = Omit<StackOptions, 'configure' | 'eventPattern'> &
  StackServices & { readonly eventPattern: object };

/** Opens a stack with the domain and the state machine of `stackNames`. */
export async function openOneDomain(options: OneDomainOptions): Promise<Stack> {
  const { upstream, tasks, packageCheck, prepare, isInternal, eventPattern, ...rest } = options;
  const { domain, stateMachine } = stackNames;
  const services: StackServices = {
    upstream,
    tasks,
    packageCheck,
    ...(prepare && { prepare }),
    ...(isInternal && { isInternal }),
  };
  const stack = await openStack({
    ...rest,
    eventPattern: () => eventPattern,
    configure: () => ({ domain, stateMachine, stored: {}, open: () => services }),
  });
  try {
    await stack.register({});
    return stack;
  } catch (error) {
    await stack.close();
    throw error;
  }
}
