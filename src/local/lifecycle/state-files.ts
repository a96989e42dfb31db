import { join } from 'node:path';

/** Returns the paths of the files in a state folder. */
export const stateFiles = (stateDirectory: string) => ({
  /** The folder of the lock, which the process that runs the stack holds until it ends. */
  lock: join(stateDirectory, 'lock'),
  /** The port and the secret of the running stack. */
  portFile: join(stateDirectory, 'stack.json'),
  /** The port that the stack used last. */
  lastPort: join(stateDirectory, 'port'),
  /** Exists while a process is starting the stack. */
  starting: join(stateDirectory, 'starting'),
  /** Why the last process could not start. The command that started it reads and removes it. */
  failure: join(stateDirectory, 'failure.json'),
  /** The process that holds the lock. */
  holder: join(stateDirectory, 'holder'),
  log: join(stateDirectory, 'stack.log'),
  oldLog: join(stateDirectory, 'stack.log.1'),
});

/** The names of the data of a stack, which an upgrade moves to its own folder. */
export const dataNames = ['domains', 'files', 'tables', 'secret', 'port'] as const;

/** Returns the paths that a reset removes. */
export const resetPaths = (stateDirectory: string): readonly string[] =>
  [
    ...['domains', 'files', 'tables', 'secret', 'stack.json', 'starting', 'holder'],
    ...['failure.json', 'stack.log', 'stack.log.1'],
  ].map((name) => join(stateDirectory, name));
