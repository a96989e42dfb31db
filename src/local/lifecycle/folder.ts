import { join } from 'node:path';

/** Where things lie in a state folder. */
export const filesOf = (stateDirectory: string) => ({
  /** Held by the process that runs the stack, and by nobody when it is gone. */
  lock: join(stateDirectory, 'lock'),
  /** How to reach the stack that runs. */
  portFile: join(stateDirectory, 'stack.json'),
  /** The port it had last. */
  lastPort: join(stateDirectory, 'port'),
  /** Made by who is starting a stack now. */
  starting: join(stateDirectory, 'starting'),
  log: join(stateDirectory, 'stack.log'),
  oldLog: join(stateDirectory, 'stack.log.1'),
});

/** Everything that a reset forgets. */
export const keptOf = (stateDirectory: string): readonly string[] =>
  ['packages', 'files', 'executions', 'tables', 'secret', 'stack.json', 'starting', 'stack.log', 'stack.log.1'].map(
    (name) => join(stateDirectory, name),
  );
