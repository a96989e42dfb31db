import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { type Context, Hono } from 'hono';
import { parseFilename } from '../../index/filename.ts';
import { isProjectName, normaliseName } from '../../index/names.ts';
import { chooseSimpleFormat, renderSimplePage } from '../../index/simple-page.ts';
import type { IndexFile, PageResult, ProjectName, ProjectPage, UpstreamIndex } from '../../index/types.ts';
import type { Policy } from '../policy.ts';
import type { Assessment, Firewall } from '../types.ts';
import { filesWithinCooldown } from './cooldown.ts';
import { proxyRefusal, reasonPhrase } from './proxy-refusal.ts';
import type { ServeEnvironment } from './types.ts';

type ProxyOptions = {
  readonly firewall: Firewall;
  readonly policy: Policy;
  readonly upstream: Pick<UpstreamIndex, 'page' | 'open' | 'metadata'>;
  /** Checks whether an index lists all releases. The counts of other indexes are lower bounds. */
  readonly isCompleteIndex: (source: string) => boolean;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  /** Checks for names that must not be sent to the index, such as internal names if the index is public. */
  readonly isInternal?: ((name: ProjectName) => boolean) | undefined;
  /** Called with the number of files that were removed from a page. */
  readonly onHidden: (name: ProjectName, files: number) => void;
  /** Called if a transfer was aborted, because the index failed or the digest differed. */
  readonly onTransferError?: ((filename: string, reason: string) => void) | undefined;
};

type Found = Extract<PageResult, { kind: 'found' }>;
type Request = Context<ServeEnvironment>;

/**
 * Returns a simple index (PEP 503, PEP 691) that filters another one. Pages omit releases within the cooldown. Files of
 * releases that the firewall does not allow get status 403, with the reasons in the body and in the reason phrase.
 */
export function registryProxy(options: ProxyOptions): Hono<ServeEnvironment> {
  const app = new Hono<ServeEnvironment>();
  app.get('/simple/', (context) =>
    context.json({ error: 'this index has no list of projects; use `/simple/NAME/`' }, 404),
  );
  app.get('/simple/:name', (context) => context.redirect(`./${encodeURIComponent(context.req.param('name'))}/`, 301));
  app.get('/simple/:name/', (context) => page(context, context.req.param('name'), options));
  app.get('/files/:name/:digest/:filename', (context) => file(context, context.req.param(), options));
  return app;
}

async function page(context: Request, requestedName: string, options: ProxyOptions): Promise<Response> {
  if (!isProjectName(requestedName)) return context.json({ error: notAProjectName }, 404);
  const name = normaliseName(requestedName);
  if (name !== requestedName) return context.redirect(`../${name}/`, 301);
  const format = chooseSimpleFormat(context.req.header('accept'));
  if (format === undefined) return context.json({ error: 'the page is available as HTML and as JSON (PEP 691)' }, 406);
  const answer = await pageOf(name, options);
  if (answer.kind !== 'found') return pageError(context, name, answer);
  const assessVersion = (version: string) => assess(name, version, answer, options);
  const cooldown = { policy: options.policy, now: options.now(), assess: assessVersion };
  const hidden = await filesWithinCooldown(answer.page, cooldown);
  if (hidden.size > 0) options.onHidden(name, hidden.size);
  // Without a digest, the contents of a file could change after the verdict.
  const files = answer.page.files.filter(
    ({ filename, hashes }) => !hidden.has(filename) && hashes.sha256 !== undefined,
  );
  const { contentType, body } = renderSimplePage({ ...answer.page, files }, format, (entry) => fileUrl(name, entry));
  return context.body(body, 200, { 'content-type': contentType, 'cache-control': 'max-age=60', vary: 'Accept' });
}

const notAProjectName = 'this is not a project name';

/** Returns the project's page. An internal name counts as missing, so that a public project cannot take its place. */
async function pageOf(name: ProjectName, { upstream, isInternal }: ProxyOptions): Promise<PageResult> {
  return isInternal?.(name) ? { kind: 'missing' } : upstream.page(name);
}

function pageError(context: Request, name: ProjectName, answer: Exclude<PageResult, Found>): Response {
  if (answer.kind === 'missing') return context.json({ error: `the index has no project ${name}` }, 404);
  // pip would retry after 502 and 503.
  return context.json({ error: `the index does not answer: ${answer.cause}` }, 504);
}

const fileUrl = (name: ProjectName, { filename, hashes }: IndexFile): string =>
  `../../files/${name}/${(hashes.sha256 ?? '').slice(0, 16)}/${encodeURIComponent(filename)}`;

type FilePath = { readonly name: string; readonly digest: string; readonly filename: string };

async function file(context: Request, path: FilePath, options: ProxyOptions): Promise<Response> {
  if (!isProjectName(path.name)) return context.json({ error: notAProjectName }, 404);
  const name = normaliseName(path.name);
  const answer = await pageOf(name, options);
  if (answer.kind !== 'found') return pageError(context, name, answer);
  const isMetadata = path.filename.endsWith('.metadata');
  const filename = isMetadata ? path.filename.slice(0, -'.metadata'.length) : path.filename;
  const listed = findFile(answer.page, filename, path.digest);
  const version = listed === undefined ? undefined : parseFilename(filename, name)?.version;
  if (listed === undefined || version === undefined) {
    return context.json({ error: 'the index does not list this file' }, 404);
  }
  const assessment = await assess(name, version, answer, options);
  context.set('assessment', assessment);
  if (assessment.verdict.outcome !== 'ALLOWED') return refuse(context, assessment);
  return isMetadata ? sendMetadata(context, listed, options) : sendFile(context, listed, options);
}

function findFile({ files }: ProjectPage, filename: string, digest: string): IndexFile | undefined {
  if (!/^[0-9a-f]{16}$/.test(digest)) return undefined;
  return files.find((entry) => entry.filename === filename && entry.hashes.sha256?.startsWith(digest));
}

function assess(
  name: ProjectName,
  version: string,
  { page, from, complete }: Found,
  options: ProxyOptions,
): Promise<Assessment> {
  return options.firewall.assess({ name, version, page, pageComplete: complete && from.some(options.isCompleteIndex) });
}

function refuse(context: Request, assessment: Assessment): Response {
  const refusal = proxyRefusal(assessment);
  const { outgoing } = context.env;
  // HTTP/2 has no reason phrase, and a request without a socket has no response object.
  if (outgoing !== undefined && 'statusMessage' in outgoing) outgoing.statusMessage = reasonPhrase(refusal.error);
  return context.json(refusal, 403);
}

async function sendMetadata(context: Request, listed: IndexFile, { upstream }: ProxyOptions): Promise<Response> {
  const text = await upstream.metadata(listed);
  if (text === undefined) return context.json({ error: 'the index has no metadata for this file' }, 404);
  return context.body(text, 200, { 'content-type': 'text/plain; charset=utf-8' });
}

async function sendFile(
  context: Request,
  listed: IndexFile,
  { upstream, onTransferError }: ProxyOptions,
): Promise<Response> {
  const headers = {
    'content-type': 'application/octet-stream',
    'cache-control': 'public, max-age=86400',
    ...(listed.size === undefined ? {} : { 'content-length': String(listed.size) }),
  };
  if (context.req.method === 'HEAD') return context.body(null, 200, headers);
  const { stream } = await upstream.open(listed);
  const checked = stream.pipe(digestCheck(listed.hashes.sha256 ?? ''));
  stream.once('error', (error) => checked.destroy(error));
  checked.once('error', ({ message }) => onTransferError?.(listed.filename, message));
  checked.once('close', () => stream.destroy());
  return context.body(webStream(checked), 200, headers);
}

/**
 * Returns a Node.js stream as the body of a Fetch response. `Readable.toWeb` is not used, because it throws outside of
 * any call if the reader cancels while the stream ends, which would end the process.
 */
function webStream(stream: Readable): ReadableStream<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  return new ReadableStream({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: () => void stream.destroy(),
  });
}

/** Forwards a file one chunk behind, so that it can abort before the last chunk if the digest differs. */
function digestCheck(sha256: string): Transform {
  const hash = createHash('sha256');
  let lastChunk: Buffer | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      const previousChunk = lastChunk;
      lastChunk = chunk;
      done(null, previousChunk);
    },
    flush(done) {
      if (hash.digest('hex') === sha256) done(null, lastChunk);
      else done(new Error('the sha256 of the file is not the one in the index'));
    },
  });
}
