import { acceptedEncodings, readBody } from '../index/body.ts';
import { maxPageBytes, parseSimplePage } from '../index/simple-page.ts';
import type { IndexFile, ProjectName, ProjectPage } from '../index/types.ts';
import { discard } from './discard.ts';
import type { RequestLog } from './request-log.ts';
import { describeError, trouble } from './trouble.ts';
import type { RelayUpstream } from './upstream.ts';

/** A page as pip may see it, or the status that it gets instead. */
export type PageResult =
  | { readonly kind: 'page'; readonly page: ProjectPage }
  | { readonly kind: 'status'; readonly status: 403 | 404 };

/** A file that may be served: its sha256 is known. */
export type KnownFile = { readonly file: IndexFile; readonly sha256: string };

/** pip's own words; CodeArtifact answers 406 to what it does not know, so nothing cleverer is said. */
const accept = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01';

/** Fetches a project's page, writes down what came of it, and leaves out the files that have no digest. */
export async function fetchPage(
  { upstream, endpoint, requestLog }: { upstream: RelayUpstream; endpoint: string; requestLog: RequestLog },
  name: ProjectName,
  signal: AbortSignal,
): Promise<PageResult> {
  const url = new URL(`simple/${name}/`, endpoint).href;
  const fail = (entry: Parameters<RequestLog['trouble']>[0], status = entry.status ?? 0): PageResult => {
    // pip hung up: whatever went wrong went wrong for nobody.
    if (!signal.aborted) {
      requestLog.trouble(entry);
      requestLog.page(name, { status });
    }
    return { kind: 'status', status: 403 };
  };

  const sent = await upstream.get(url, { headers: { accept, 'accept-encoding': acceptedEncodings }, signal });
  if (sent.kind === 'trouble') return fail(sent.trouble);
  const { answer } = sent;
  if (answer.status !== 200) discard(answer);
  if (answer.status === 404) {
    requestLog.page(name, { status: 404 });
    return { kind: 'status', status: 404 };
  }
  if (answer.status !== 200) {
    return fail(trouble('unavailable', url, `the repository answered ${answer.status}`, answer.status));
  }
  try {
    const body = await readBody({ ...answer, url }, maxPageBytes);
    const page = parseSimplePage({ body, contentType: answer.headers['content-type'] ?? '', url: answer.url, name });
    requestLog.page(name, { status: 200, page });
    return { kind: 'page', page: withDigests(page, url, requestLog) };
  } catch (error) {
    return fail(trouble('unavailable', url, `no readable index page: ${describeError(error)}`, 200), 0);
  }
}

/** The sha256 of a file, if the index gives one that can be one. */
export function sha256Of(file: IndexFile): string | undefined {
  const digest = file.hashes.sha256?.toLowerCase();
  return digest !== undefined && /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

function withDigests(page: ProjectPage, url: string, requestLog: RequestLog): ProjectPage {
  const without = page.files.filter((file) => sha256Of(file) === undefined);
  // Metadata files are not relayed: CodeArtifact has none (PEP 658 is not among those it supports).
  const files = page.files
    .filter((file) => sha256Of(file) !== undefined)
    .map((file) => ({ ...file, coreMetadata: undefined }));
  if (without.length === 0) return { ...page, files };
  for (const file of without) requestLog.refuse(file.filename);
  const what = without.length === 1 ? (without[0]?.filename ?? '') : `${without.length} files`;
  requestLog.trouble(trouble('no-digest', url, `${what} left out: the index gives no sha256`));
  return { ...page, files };
}
