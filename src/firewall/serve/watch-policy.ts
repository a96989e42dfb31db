import { unwatchFile, watchFile } from 'node:fs';

const pollMilliseconds = 1_000;

/**
 * Calls `onChange` when a policy file changes, also through a link as in a mounted configuration, and on SIGHUP.
 *
 * @returns a function that ends the watch
 */
export function watchPolicy(file: string, onChange: () => void): () => void {
  // Polling sees changes that come from another machine or a container, which file events do not.
  watchFile(file, { interval: pollMilliseconds, persistent: false }, (current, previous) => {
    if (current.mtimeMs !== previous.mtimeMs || current.ino !== previous.ino || current.size !== previous.size) {
      onChange();
    }
  });
  process.on('SIGHUP', onChange);
  return () => {
    unwatchFile(file);
    process.off('SIGHUP', onChange);
  };
}
