import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { homeFolder } from '../folders.ts';
import type { ProcessContext } from '../process-context.ts';
import { stateFolder } from '../settings/folders.ts';
import type { Settings } from '../settings/table.ts';
import { openWaitBudget } from '../wait-budget.ts';

/** Reads the context of this process. */
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
    waits: openWaitBudget(settings.waitSeconds * 1000, Date.now),
    random: Math.random,
    unique: randomUUID,
  };
}
