import { type StatsListener, unwatchFile, watchFile } from 'node:fs';

/** The watch of the files of a policy. */
type PolicyWatch = {
  /** Watches one more file, which may not exist yet. */
  readonly add: (file: string) => void;
  /** Ends the watch of all other files. */
  readonly keep: (files: ReadonlySet<string>) => void;
  readonly end: () => void;
};

const pollMilliseconds = 1_000;

/** Calls `onChange` when a watched file changes, also through a link as in a mounted configuration, and on SIGHUP. */
export function openPolicyWatch(onChange: () => void): PolicyWatch {
  const watched = new Set<string>();
  const listener: StatsListener = (current, previous) => {
    const { mtimeMs, ctimeMs, ino, size } = current;
    const isSame = mtimeMs === previous.mtimeMs && ctimeMs === previous.ctimeMs && ino === previous.ino;
    if (!isSame || size !== previous.size) onChange();
  };
  const keep = (files: ReadonlySet<string>): void => {
    for (const file of watched) {
      if (files.has(file)) continue;
      watched.delete(file);
      unwatchFile(file, listener);
    }
  };
  process.on('SIGHUP', onChange);
  return {
    add(file) {
      if (watched.has(file)) return;
      watched.add(file);
      // Polling sees changes that come from another machine or a container, which file events do not.
      watchFile(file, { interval: pollMilliseconds, persistent: false }, listener);
    },
    keep,
    end() {
      keep(new Set());
      process.off('SIGHUP', onChange);
    },
  };
}
