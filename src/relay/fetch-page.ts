import { AwspipError } from '../errors.ts';
import { acceptedEncodings, readBody } from '../index/body.ts';
import { maxPageBytes, parseSimplePage } from '../index/simple-page.ts';
import type { IndexFile, ProjectName, ProjectPage } from '../index/types.ts';
import { cutoffOf, type UploadCutoff, uploadedBefore } from '../index/upload-cutoff.ts';
import type { PageLog } from './deferred-log.ts';
import { discard } from './discard.ts';
import { describeError, relayFailure } from './relay-failure.ts';
import type { RelayUpstream } from './relay-upstream.ts';
import { offerMetadata, type WheelMetadata } from './wheel-metadata.ts';

/** A page for pip, or the status that pip gets instead. */
export type PageResult =
  /** `page` has the files that the request may use, `all` also those that were uploaded too late. */
  | { readonly kind: 'page'; readonly page: ProjectPage; readonly all: ProjectPage }
  | { readonly kind: 'status'; readonly status: 403 | 404 };

/** A file that may be served, because its sha256 is known. */
export type KnownFile = { readonly file: IndexFile; readonly sha256: string };

/** The `accept` header of pip. CodeArtifact answers 406 to headers that it does not know. */
const acceptHeader =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01';

type PagePorts = {
  readonly upstream: RelayUpstream;
  readonly endpoint: string;
  readonly requestLog: PageLog;
  readonly withheld: (name: ProjectName) => Promise<ReadonlySet<string>>;
  readonly uploadedBefore: UploadCutoff | undefined;
  readonly uploadTimes: (name: ProjectName) => Promise<ReadonlyMap<string, string>>;
  readonly metadata: Pick<WheelMetadata, 'digests'>;
};

/** Fetches a project's page, logs the result, and removes the files that are withheld or have no digest. */
export async function fetchPage(ports: PagePorts, name: ProjectName, signal: AbortSignal): Promise<PageResult> {
  const { upstream, endpoint, requestLog } = ports;
  const url = new URL(`simple/${name}/`, endpoint).href;
  const reading = readRecords(ports, name);
  reading.catch(() => {}); // A failure matters only once the page is there.
  const readingMetadata = ports.metadata.digests(name);
  const failedPage = (failure: Parameters<PageLog['recordFailure']>[0], status = failure.status ?? 0): PageResult => {
    // pip closed the connection, so the failure affects no request.
    if (!signal.aborted) {
      requestLog.recordFailure(failure);
      requestLog.recordPage(name, { status });
    }
    return { kind: 'status', status: 403 };
  };

  const result = await upstream.get(url, {
    headers: { accept: acceptHeader, 'accept-encoding': acceptedEncodings },
    signal,
  });
  if (result.kind === 'failure') return failedPage(result.failure);
  const { response } = result;
  if (response.status !== 200) discard(response);
  if (response.status === 200 || response.status === 404) requestLog.clearFailures(url);
  if (response.status === 404) {
    requestLog.recordPage(name, { status: 404 });
    return { kind: 'status', status: 404 };
  }
  if (response.status !== 200) {
    return failedPage(
      relayFailure('unavailable', url, `the repository answered ${response.status}`, { status: response.status }),
    );
  }
  // Without the records it is unknown which files may be installed.
  const records = await reading.catch((error: unknown) => ({ error }));
  if ('error' in records) {
    discard(response);
    const { error } = records;
    return failedPage({ ...relayFailure('unavailable', url, describeError(error)), error }, 0);
  }
  try {
    const body = await readBody({ ...response, url }, maxPageBytes);
    const page = await parseSimplePage({
      body,
      contentType: response.headers['content-type'] ?? '',
      url: response.url,
      name,
    });
    const vetted = {
      ...page,
      files: page.files
        .filter(({ filename }) => !records.withheld.has(filename))
        .map((file) => ({ ...file, uploadTime: file.uploadTime ?? records.times.get(file.filename) })),
    };
    requestLog.recordPage(name, { status: 200, page: uploadedBefore(vetted, ports.uploadedBefore) });
    const all = removeFilesWithoutDigest(vetted, url, requestLog);
    const offered = offerMetadata(all, await readingMetadata, sha256Of);
    return { kind: 'page', page: uploadedBefore(offered, ports.uploadedBefore), all: offered };
  } catch (error) {
    return failedPage(
      relayFailure('unavailable', url, `the index page could not be read: ${describeError(error)}`, {
        status: 200,
        hint: error instanceof AwspipError ? error.hint : undefined,
      }),
      0,
    );
  }
}

/** Reads the withheld files of a project, and the upload times of the others if they matter. */
async function readRecords({ withheld, uploadTimes, uploadedBefore: cutoff }: PagePorts, name: ProjectName) {
  const isLimited = cutoffOf(cutoff, name) !== undefined;
  const [names, times] = await Promise.all([withheld(name), isLimited ? uploadTimes(name) : noTimes]);
  return { withheld: names, times };
}

const noTimes: ReadonlyMap<string, string> = new Map();

/** Returns the sha256 of a file, if the index gives a valid one. */
export function sha256Of(file: IndexFile): string | undefined {
  const digest = file.hashes.sha256?.toLowerCase();
  return digest !== undefined && /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

function removeFilesWithoutDigest(page: ProjectPage, url: string, requestLog: PageLog): ProjectPage {
  const withoutDigest = page.files.filter((file) => sha256Of(file) === undefined);
  const files = page.files.filter((file) => sha256Of(file) !== undefined);
  if (withoutDigest.length === 0) return { ...page, files };
  for (const file of withoutDigest) requestLog.recordRejectedFile(file.filename);
  const description = withoutDigest.length === 1 ? (withoutDigest[0]?.filename ?? '') : `${withoutDigest.length} files`;
  requestLog.recordFailure(relayFailure('no-digest', url, `${description} skipped: the index gives no sha256`));
  return { ...page, files };
}
