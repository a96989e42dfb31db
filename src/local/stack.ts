import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AwspipError } from '../errors.ts';
import { once } from '../once.ts';
import { authority } from './authority.ts';
import type { ControlParts } from './control.ts';
import { decisionsIn } from './decisions.ts';
import { domainFolders } from './domains/domain-folders.ts';
import { type OpenedDomains, openDomains } from './domains/open-domains.ts';
import { isStateFolderFailure, prepareStateFolder, stateFolderError } from './files.ts';
import { blobStore } from './packages/blob-store.ts';
import { waitAtMost } from './pause.ts';
import { listen, type ServerParts, stackAnswer, stackServer } from './server.ts';
import { stackSecret } from './stack-secret.ts';
import { openSlots } from './step-functions/slots.ts';
import { type DynamoDb, openDynamoDb } from './tables/dynamodb.ts';
import type { Stack, StackAccess, StackOptions } from './types.ts';

/** Executions that run at the same time. More would only share the processor and the limits of the index. */
const maxExecutions = 8;
/** A client that used the stack this recently may use it again, as between two downloads of one install. */
const recentMilliseconds = 60_000;

/** The activity of a running stack, which the health check reports. */
type Activity = {
  lastUsed: number;
  draining: boolean;
  readonly startedAt: number;
  /** The error of the part of the state that could not be read. The next command reports it. */
  damage?: AwspipError;
};

function running(domains: OpenedDomains): number {
  return domains.executions().reduce((sum, executions) => sum + executions.running(), 0);
}

function rejectNew(domains: OpenedDomains): void {
  for (const executions of domains.executions()) executions.rejectNew();
}

/** Registers a configuration. @throws {AwspipError} of the configuration; `state-folder` (78). */
function registerIn({ register }: OpenedDomains, stateDirectory: string): OpenedDomains['register'] {
  return (configuration) =>
    register(configuration).catch((error: unknown) => {
      throw isStateFolderFailure(error) ? stateFolderError(stateDirectory, error) : error;
    });
}

function controlParts(options: StackOptions, domains: OpenedDomains, activity: Activity): ControlParts {
  const { now, version } = options;
  return {
    health: () => ({
      version,
      pid: process.pid,
      startedAt: activity.startedAt,
      executions: running(domains),
      draining: activity.draining,
    }),
    register: async (configuration) => {
      if (activity.damage) throw activity.damage;
      return registerIn(domains, options.stateDirectory)(configuration);
    },
    onDrain: (waitSeconds) => {
      activity.draining = true;
      rejectNew(domains);
      options.onDrain?.(waitSeconds);
    },
    isUnderWay: () => running(domains) > 0 || now() - activity.lastUsed < recentMilliseconds,
    onUse: () => {
      activity.lastUsed = now();
    },
  };
}

function serverParts(
  options: StackOptions,
  domains: OpenedDomains,
  dynamoDb: DynamoDb,
  activity: Activity,
  access: {
    readonly endpoint: () => string;
    readonly authority: ServerParts['authority'];
    readonly createdTime: number;
  },
): ServerParts {
  const { now, log } = options;
  const shared = { authority: access.authority, domains, now };
  const control = controlParts(options, domains, activity);
  return {
    authority: access.authority,
    codeArtifact: {
      ...shared,
      get endpoint() {
        return access.endpoint();
      },
    },
    pypi: shared,
    stepFunctions: {
      domains,
      definition: options.definition,
      createdTime: access.createdTime,
      uniqueName: randomUUID,
    },
    dynamoDb,
    packageCheck: (domain) => domains.services(domain)?.packageCheck,
    control,
    onUse: control.onUse,
    onDamage: (error) => {
      log(error.message);
      activity.damage = error;
    },
    now,
    log,
  };
}

async function open(options: StackOptions): Promise<Stack> {
  const { stateDirectory, now } = options;
  const secret = await stackSecret(stateDirectory);
  const { mtimeMs: createdTime } = await stat(join(stateDirectory, 'secret'));
  const blobs = await blobStore(join(stateDirectory, 'files'));
  const decisions = decisionsIn(options.decisionsFile);
  const dynamoDb = await openDynamoDb(join(stateDirectory, 'tables'), decisions);
  const activity: Activity = { lastUsed: now(), draining: false, startedAt: now() };
  let access: StackAccess = { endpoint: '', secret };
  const domains = openDomains({
    options,
    folders: domainFolders(join(stateDirectory, 'domains')),
    blobs,
    slots: openSlots(maxExecutions),
    decisions,
    access: () => access,
    answer: (request) => answer(request),
  });
  const parts = serverParts(options, domains, dynamoDb, activity, {
    endpoint: () => access.endpoint,
    authority: authority(secret),
    createdTime: Math.round(createdTime),
  });
  const answer = stackAnswer(parts);
  const server = stackServer(answer, options.log);
  const close = once(async () => {
    for (const executions of domains.executions()) executions.abandon();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await dynamoDb.drain();
    server.closeAllConnections();
    await closed;
    await dynamoDb.close();
    await domains.close();
  });
  try {
    const port = await listen(server, options.port);
    access = { endpoint: `http://127.0.0.1:${port}`, secret };
    return {
      ...access,
      port,
      register: registerIn(domains, stateDirectory),
      running: () => running(domains),
      lastUsed: () => Math.max(activity.lastUsed, ...domains.executions().map((executions) => executions.lastEnded())),
      drain: async (waitSeconds) => {
        activity.draining = true;
        rejectNew(domains);
        await waitAtMost(waitSeconds, Promise.all(domains.executions().map((executions) => executions.allEnded())));
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
