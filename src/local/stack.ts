import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { authority } from './authority.ts';
import { type DynamoDb, openDynamoDb } from './dynamodb.ts';
import { missingRule } from './events/missing-rule.ts';
import { isStateFolderFailure, prepareStateFolder, stateFolderError } from './files.ts';
import { blobStore } from './packages/blob-store.ts';
import { type PackageStore, packageStore } from './packages/package-store.ts';
import { type PublicPackages, publicPackages } from './packages/public-packages.ts';
import { waitAtMost } from './pause.ts';
import { listen, type ServerParts, stackServer } from './server.ts';
import { stackSecret } from './stack-secret.ts';
import { type Engine, engine } from './step-functions/engine.ts';
import { closeOrphaned, type Executions, executions } from './step-functions/executions.ts';
import { type Journal, openJournal } from './step-functions/journal.ts';
import type { Stack, StackAccess, StackOptions } from './types.ts';

/** The opened state on disk. */
type State = {
  readonly packages: PackageStore;
  readonly publicPackages: PublicPackages;
  readonly journal: Journal;
  readonly dynamoDb: DynamoDb;
  /** Names of executions that the last process left running. */
  readonly orphaned: readonly string[];
};

async function openState({ stateDirectory, upstream, now }: StackOptions): Promise<State> {
  const packages = packageStore(join(stateDirectory, 'packages'));
  const blobs = await blobStore(join(stateDirectory, 'files'));
  const journal = await openJournal(join(stateDirectory, 'executions'), now());
  const orphaned = await closeOrphaned(journal, now());
  const dynamoDb = await openDynamoDb(join(stateDirectory, 'tables'));
  return { packages, publicPackages: publicPackages({ packages, blobs, upstream, now }), journal, dynamoDb, orphaned };
}

/** Returns a function that calls `open` once, and again only after it failed. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

/** The activity of a running stack, which the health check reports. */
type Activity = { lastUsed: number; draining: boolean; readonly startedAt: number };

function serverParts(
  options: StackOptions,
  state: State,
  runs: Executions,
  activity: Activity,
  access: {
    readonly endpoint: () => string;
    readonly authority: ServerParts['authority'];
    readonly createdTime: number;
  },
): ServerParts {
  const { now, log, version, fingerprint } = options;
  const { packages, publicPackages: open, journal, dynamoDb } = state;
  const { createdTime } = access;
  const shared = { authority: access.authority, packages, publicPackages: open, now };
  return {
    authority: access.authority,
    codeArtifact: {
      ...shared,
      createdTime,
      get endpoint() {
        return access.endpoint();
      },
    },
    pypi: {
      ...shared,
      onMissing: missingRule({ pattern: options.eventPattern, input: options.eventInput, executions: runs, now, log }),
    },
    stepFunctions: { executions: runs, journal, definition: options.definition, createdTime, uniqueName: randomUUID },
    dynamoDb,
    packageCheck: options.packageCheck,
    health: () => ({
      version,
      fingerprint,
      pid: process.pid,
      startedAt: activity.startedAt,
      executions: runs.running(),
      draining: activity.draining,
    }),
    onDrain: (waitSeconds) => {
      activity.draining = true;
      runs.rejectNew();
      options.onDrain?.(waitSeconds);
    },
    onUse: () => {
      activity.lastUsed = now();
    },
    now,
    log,
  };
}

async function open(options: StackOptions): Promise<Stack> {
  const { stateDirectory, now } = options;
  const secret = await stackSecret(stateDirectory);
  const { mtimeMs: createdTime } = await stat(join(stateDirectory, 'secret'));
  const state = await openState(options);
  const activity: Activity = { lastUsed: now(), draining: false, startedAt: now() };
  let access: StackAccess = { endpoint: '', secret };
  let prepared: Promise<void> = Promise.resolve();
  const machine = once(async (): Promise<Engine> => {
    await prepared;
    return engine(options.definition, options.tasks(access));
  });
  const runs = executions(state.journal, machine, now);
  const parts = serverParts(options, state, runs, activity, {
    endpoint: () => access.endpoint,
    authority: authority(secret),
    createdTime: Math.round(createdTime),
  });
  const server = stackServer(parts);
  const close = once(async () => {
    runs.abandon();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await state.dynamoDb.drain();
    server.closeAllConnections();
    await closed;
    await state.dynamoDb.close();
  });
  try {
    const port = await listen(server, options.port);
    access = { endpoint: `http://127.0.0.1:${port}`, secret };
    prepared = options.prepare?.(access, state.orphaned) ?? Promise.resolve();
    await prepared;
    return {
      ...access,
      port,
      running: () => runs.running(),
      lastUsed: () => Math.max(activity.lastUsed, runs.lastEnded()),
      drain: async (waitSeconds) => {
        activity.draining = true;
        runs.rejectNew();
        await waitAtMost(waitSeconds, runs.allEnded());
        await close();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Opens the local stack in this process and listens on loopback. The caller holds the folder's lock.
 *
 * @throws {AwspipError} `state-folder` (78) when the folder cannot be written to.
 */
export async function openStack(options: StackOptions): Promise<Stack> {
  await prepareStateFolder(options.stateDirectory);
  try {
    return await open(options);
  } catch (error) {
    throw isStateFolderFailure(error) ? stateFolderError(options.stateDirectory, error) : error;
  }
}
