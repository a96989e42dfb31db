import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { InstallPorts } from '../install/types.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { rootsPorts } from '../pip/command-ports.ts';
import { parsePipArguments } from '../pip/grammar.ts';
import type { ProcessContext } from '../process-context.ts';
import { openInterruption } from '../vetting/interruption.ts';
import { constraintFiles } from './constraint-files.ts';
import { findRequirementFiles, type RequirementFile } from './find-requirement-files.ts';
import { type FileRequest, readRequirementFile } from './read-requirement-file.ts';
import type { FileOutcome, FolderOutcome, VetFolderCallbacks, VetOutcome } from './types.ts';
import { vetAllowedRest } from './vet-allowed-rest.ts';
import { vetOtherPlatforms } from './vet-other-platforms.ts';
import { type VetPorts, vetRequest } from './vet-request.ts';

/** Requests at the same time. The local stack runs few executions at a time, and the others wait. */
const maxConcurrent = 4;
/** A verdict of this age counts, so that a second run doesn't redo the work of the first. */
const maxAgeMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Vets every file with requirements below a folder, each as a request of its own, because two projects may pin different
 * versions. Goes on after the failure of a file. A signal ends it with what is known so far.
 *
 * @throws {AwspipError} the errors of opening the deployment.
 */
export async function vetFolder(
  context: ProcessContext,
  folder: string,
  callbacks: VetFolderCallbacks,
  open: () => Promise<VetPorts>,
): Promise<FolderOutcome> {
  const cwd = process.cwd();
  const { files, leftOut } = await findFiles(path.resolve(cwd, folder));
  if (files.length === 0) return { files: [], leftOut, interrupted: undefined };
  const pipPorts = await rootsPorts(context, parsePipArguments(['install']));
  const readFile = (file: RequirementFile) =>
    readRequirementFile(file, { rootsPorts: (base) => ({ ...pipPorts, folder: base }), accept: callbacks.accept, cwd });
  const ports = await open();
  const interruption = openInterruption();
  try {
    const vetFile = (request: FileRequest) => vetOne(request, ports, context.now);
    return {
      ...(await vetFiles(files, { readFile, vetFile, ...callbacks, interrupted: interruption.interrupted })),
      leftOut,
    };
  } finally {
    interruption.close();
  }
}

async function findFiles(folder: string) {
  const found = await findRequirementFiles(folder).catch((cause: unknown) => {
    throw new AwspipError('folder-unreadable', `cannot read the folder \`${folder}\``, {
      exit: 'usage',
      hint: 'name an existing folder, as in `awspip vet --all .`',
      cause,
    });
  });
  const constraints = await constraintFiles(found.files);
  return { ...found, files: found.files.filter(({ absolute }) => !constraints.has(absolute)) };
}

async function vetOne(request: FileRequest, ports: VetPorts, now: () => number): Promise<VetOutcome> {
  const requestIds = new Set<string>();
  const recent: InstallPorts['vet'] = async (content, since) => {
    const answer = await ports.vet(content, since - maxAgeMilliseconds, true);
    requestIds.add(answer.record.requestId);
    // What was not allowed may be by now.
    const isOld = answer.joined && Date.parse(answer.record.endedAt ?? '') < since;
    return answer.kind === 'refused' && isOld ? ports.vet(content, since, true) : answer;
  };
  const rest = vetAllowedRest(recent);
  const vet = request.coversAllPlatforms ? vetOtherPlatforms(rest) : rest;
  const { answer } = await vetRequest(request, { ...ports, vet }, { report: () => {}, now });
  const listed = await Promise.all([...requestIds].map((id) => ports.releasesOf(id)));
  const releases = new Map(
    listed
      .flat()
      .toSorted((a, b) => Number(a.status === 'SECURE') - Number(b.status === 'SECURE'))
      .map((release) => [`${release.name}==${release.version}`, release]),
  );
  return { answer, releases: [...releases.values()], requirements: request.requirements };
}

type Run = Pick<VetFolderCallbacks, 'onFile'> & {
  readonly readFile: (file: RequirementFile) => Promise<FileRequest>;
  readonly vetFile: (request: FileRequest) => Promise<VetOutcome>;
  /** Rejects when a signal arrives. */
  readonly interrupted: Promise<never>;
};

/** Vets files, several at a time, and files with the same requirements once. Never rejects because of one file. */
export async function vetFiles(
  files: readonly RequirementFile[],
  { readFile, vetFile, onFile, interrupted }: Run,
): Promise<Omit<FolderOutcome, 'leftOut'>> {
  let interruption: AwspipError | undefined;
  interrupted.catch((error: AwspipError) => {
    interruption = error;
  });
  const started = new Map<string, { readonly file: string; readonly outcome: Promise<VetOutcome> }>();
  const finish = async (found: RequirementFile): Promise<FileOutcome> => {
    const { file } = found;
    const request = await readFile(found);
    if (request.roots.length + request.buildRoots.length === 0) return { file, kind: 'empty' };
    const key = keyOf(request);
    const same = started.get(key);
    const outcome = same?.outcome ?? vetFile(request);
    if (same === undefined) started.set(key, { file, outcome });
    return {
      file,
      kind: 'vetted',
      outcome: { ...(await outcome), requirements: request.requirements },
      sameAs: same?.file,
    };
  };
  let done = 0;
  onFile({ done, total: files.length, last: undefined });
  const outcomes = await mapConcurrently(files, maxConcurrent, async (found): Promise<FileOutcome> => {
    if (interruption !== undefined) return { file: found.file, kind: 'interrupted' };
    const result = await Promise.race([finish(found), interrupted]).catch((error: unknown): FileOutcome => {
      const known = asAwspipError(error);
      return known.exit === 'interrupted'
        ? { file: found.file, kind: 'interrupted' }
        : { file: found.file, kind: 'failed', error: known };
    });
    done += 1;
    if (result.kind !== 'interrupted') onFile({ done, total: files.length, last: result });
    return result;
  });
  return { files: outcomes, interrupted: interruption };
}

/** Requests with the same content. The order of requirements doesn't matter. */
function keyOf({ roots, buildRoots, constraints, options, target, coversAllPlatforms }: FileRequest): string {
  const lists = [roots, buildRoots, constraints].map((list) => [...new Set(list)].sort());
  return JSON.stringify([...lists, options, target ?? null, coversAllPlatforms]);
}

function asAwspipError(error: unknown): AwspipError {
  if (error instanceof AwspipError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AwspipError('unexpected', `unexpected error: ${message}`, { exit: 'bug', cause: error });
}
