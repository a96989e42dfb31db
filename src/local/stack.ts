import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { authority } from './authority.ts';
import { type DynamoDb, openDynamoDb } from './dynamodb.ts';
import { missingRule } from './events/missing.ts';
import { failureCode, prepareStateFolder, stateFolderTrouble } from './files.ts';
import { blobStore } from './packages/blobs.ts';
import { type PublicPackages, publicPackages } from './packages/public.ts';
import { type PackageStore, packageStore } from './packages/store.ts';
import { atMost } from './pause.ts';
import { stackSecret } from './secret-file.ts';
import { listen, type ServerParts, stackServer } from './server.ts';
import { type Engine, engine } from './step-functions/engine.ts';
import { closeDied, type Executions, executions } from './step-functions/executions.ts';
import { type Journal, openJournal } from './step-functions/journal.ts';
import type { Stack, StackAccess, StackOptions } from './types.ts';

/** Everything that lies on disk, opened. */
type State = {
  readonly packages: PackageStore;
  readonly publicPackages: PublicPackages;
  readonly journal: Journal;
  readonly dynamoDb: DynamoDb;
  /** Names of executions that the last process left running. */
  readonly died: readonly string[];
};

async function openState({ stateDirectory, upstream, now }: StackOptions): Promise<State> {
  const packages = packageStore(join(stateDirectory, 'packages'));
  const blobs = await blobStore(join(stateDirectory, 'files'));
  const journal = await openJournal(join(stateDirectory, 'executions'), now());
  const died = await closeDied(journal, now());
  const dynamoDb = await openDynamoDb(join(stateDirectory, 'tables'));
  return { packages, publicPackages: publicPackages({ packages, blobs, upstream, now }), journal, dynamoDb, died };
}

/** Calls `make` when first asked, and again after it failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** What the running stack remembers of itself. */
type Life = { lastUsed: number; draining: boolean; readonly startedAt: number };

function serverParts(
  options: StackOptions,
  state: State,
  runs: Executions,
  life: Life,
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
    stepFunctions: { executions: runs, journal, definition: options.definition, createdTime, freshName: randomUUID },
    dynamoDb,
    packageCheck: options.packageCheck,
    health: () => ({
      version,
      fingerprint,
      pid: process.pid,
      startedAt: life.startedAt,
      executions: runs.running(),
      draining: life.draining,
    }),
    onDrain: (waitSeconds) => {
      life.draining = true;
      runs.refuseNew();
      options.onDrain?.(waitSeconds);
    },
    onUse: () => {
      life.lastUsed = now();
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
  const life: Life = { lastUsed: now(), draining: false, startedAt: now() };
  let access: StackAccess = { endpoint: '', secret };
  let prepared: Promise<void> = Promise.resolve();
  const machine = once(async (): Promise<Engine> => {
    await prepared;
    return engine(options.definition, options.tasks(access));
  });
  const runs = executions(state.journal, machine, now);
  const parts = serverParts(options, state, runs, life, {
    endpoint: () => access.endpoint,
    authority: authority(secret),
    createdTime: Math.round(createdTime),
  });
  const server = stackServer(parts);
  const close = once(async () => {
    runs.abandon();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await state.dynamoDb.quiet();
    server.closeAllConnections();
    await closed;
    await state.dynamoDb.close();
  });
  try {
    const port = await listen(server, options.port);
    access = { endpoint: `http://127.0.0.1:${port}`, secret };
    prepared = options.prepare?.(access, state.died) ?? Promise.resolve();
    await prepared;
    return {
      ...access,
      port,
      running: () => runs.running(),
      lastUsed: () => Math.max(life.lastUsed, runs.lastEnded()),
      drain: async (waitSeconds) => {
        life.draining = true;
        runs.refuseNew();
        await atMost(waitSeconds, runs.settled());
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
 * @throws {AwspipError} `state-folder` (78) when the folder cannot be written.
 */
export async function openStack(options: StackOptions): Promise<Stack> {
  await prepareStateFolder(options.stateDirectory);
  try {
    return await open(options);
  } catch (error) {
    const code = failureCode(error);
    const ofDisk =
      code !== undefined && ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST'].includes(code);
    throw ofDisk ? stateFolderTrouble(options.stateDirectory, error) : error;
  }
}
