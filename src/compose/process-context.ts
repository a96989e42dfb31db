import { randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { homeFolder } from '../folders.ts';
import { findPip, type PipProgram } from '../pip/find.ts';
import { dataFolder, stateFolder } from '../settings/folders.ts';
import type { Settings } from '../settings/table.ts';

/** The process's surroundings, taken once. */
export type ProcessContext = {
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stateDirectory: string;
  readonly now: () => number;
  /** Rejects when `signal` says so. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Calls `action` every so many milliseconds until the function it answers is called. */
  readonly every: (milliseconds: number, action: () => void) => () => void;
  readonly random: () => number;
  readonly unique: () => string;
};

export function processContext(settings: Settings): ProcessContext {
  const environment = process.env;
  const machine = { platform: process.platform, home: homeFolder(), environment };
  return {
    settings,
    environment,
    stateDirectory: path.resolve(settings.stateDirectory ?? stateFolder(machine)),
    now: Date.now,
    sleep: (milliseconds, signal) => sleepFor(milliseconds, undefined, signal === undefined ? {} : { signal }),
    every: (milliseconds, action) => {
      const timer = setInterval(action, milliseconds);
      return () => clearInterval(timer);
    },
    random: Math.random,
    unique: randomUUID,
  };
}

/** The pip to run; `without`: interpreters that turned out to have none. */
export function pipOf({ settings, environment }: ProcessContext, without: readonly string[] = []): Promise<PipProgram> {
  return findPip({
    python: settings.python,
    virtualEnv: environment.VIRTUAL_ENV,
    path: environment.PATH ?? '',
    ownPaths: [process.argv[1] ?? '', ...shimPaths(environment)],
    without,
  });
}

/** The shims of `awspip setup` start awspip again: as an interpreter they would turn round for ever. */
function shimPaths(environment: ProcessContext['environment']): string[] {
  const folder = path.join(dataFolder({ platform: process.platform, home: homeFolder(), environment }), 'shims');
  return ['pip', 'pip3'].map((name) => path.join(folder, name));
}

/** Who asks, for the records: a name for people, no credential. */
export function whoAsks(): string {
  try {
    return `${os.userInfo().username}@${os.hostname()}`.slice(0, 100);
  } catch {
    return os.hostname().slice(0, 100);
  }
}
