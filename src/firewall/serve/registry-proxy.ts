import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { type Context, Hono } from 'hono';
import { etag } from 'hono/etag';
import { parseFilename } from '../../index/filename.ts';
import { isProjectName, normaliseName } from '../../index/names.ts';
import { chooseSimpleFormat, renderProjectList, renderSimplePage } from '../../index/simple-page.ts';
import type {
  IndexFile,
  PageResult,
  ProjectLister,
  ProjectName,
  ProjectPage,
  UpstreamIndex,
} from '../../index/types.ts';
import { newestVersion, readPage } from '../page-facts.ts';
import type { Assessment, Firewall } from '../types.ts';
import { type Decide, type JudgePage, openPageJudge } from './judge-page.ts';
import { proxyRefusal, reasonPhrase } from './proxy-refusal.ts';
import { openRefusedFiles, type RefusedFiles } from './refused-files.ts';
import type { ServeEnvironment } from './types.ts';
import { describeWithheld, withheldForDecision, withheldReleases } from './withheld.ts';

type ProxyOptions = {
  readonly firewall: Firewall;
  readonly decide: Decide;
  readonly upstream: Pick<UpstreamIndex, 'page' | 'open' | 'metadata'> & ProjectLister;
  /** Checks whether an index lists all releases. The counts of other indexes are lower bounds. */
  readonly isCompleteIndex: (source: string) => boolean;
  /** Resolves after this many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Checks for names that must not be sent to the index, such as internal names if the index is public. */
  readonly isInternal?: ((name: ProjectName) => boolean) | undefined;
  /** Whom to ask about a refusal. */
  readonly contact?: string | undefined;
  /** Called with the number of files that were left out of a page. */
  readonly onWithheld: (files: number) => void;
  /** Called for a refused release that was requested, or that installers would choose if it were allowed. */
  readonly onRefused?: ((assessment: Assessment) => void) | undefined;
  /** Called if a transfer was aborted, because the index failed or the digest differed. */
  readonly onTransferError?: ((filename: string, reason: string) => void) | undefined;
};

type Found = Extract<PageResult, { kind: 'found' }>;
type Request = Context<ServeEnvironment>;

type Proxy = ProxyOptions & {
  readonly judgePage: JudgePage;
  readonly refused: RefusedFiles;
  readonly renderList: typeof renderProjectList;
};

/**
 * Returns a simple index (PEP 503, PEP 691) that filters another one. Its pages leave out the files that the firewall
 * refuses, so that installers choose an allowed release; `/withheld/NAME` says what is left out and why. A file that is refused
 * and requested anyway gets status 403, with the reasons in the body and in the reason phrase.
 */
export function registryProxy(options: ProxyOptions): Hono<ServeEnvironment> {
  const refused = openRefusedFiles();
  const judgePage = openPageJudge({ ...options, wasRefused: refused.has });
  const proxy = { ...options, refused, judgePage, renderList: openListRenderer() };
  const app = new Hono<ServeEnvironment>();
  app.use('/simple/*', etag());
  app.get('/simple/', (context) => projects(context, proxy));
  app.get('/simple/:name', (context) => context.redirect(`./${encodeURIComponent(context.req.param('name'))}/`, 301));
  app.get('/simple/:name/', (context) => page(context, context.req.param('name'), proxy));
  app.get('/withheld/:name', (context) => withheld(context, context.req.param('name'), proxy));
  app.get('/files/:name/:digest/:filename', (context) => file(context, context.req.param(), proxy));
  return app;
}

/** Answers with the list of all projects of the index, which says nothing about what the firewall allows. */
async function projects(context: Request, { upstream, renderList }: Proxy): Promise<Response> {
  const format = chooseSimpleFormat(context.req.header('accept'));
  if (format === undefined) return context.json({ error: unknownFormat }, 406);
  const answer = await upstream.projects();
  if (answer.kind === 'missing') return context.json({ error: 'the index has no list of projects' }, 404);
  if (answer.kind === 'unreachable') return context.json({ error: `the index does not answer: ${answer.cause}` }, 504);
  const { contentType, body } = renderList(answer.names, format);
  return context.body(body, 200, { 'content-type': contentType, 'cache-control': 'max-age=600', vary: 'Accept' });
}

/** Returns a renderer that keeps the text of a list while the list is in use: PyPI's has tens of megabytes. */
function openListRenderer(): typeof renderProjectList {
  type Rendered = ReturnType<typeof renderProjectList>;
  const known = new WeakMap<readonly string[], Map<string, Rendered>>();
  return (names, format) => {
    const byFormat = known.get(names) ?? new Map<string, Rendered>();
    known.set(names, byFormat);
    const rendered = byFormat.get(format) ?? renderProjectList(names, format);
    byFormat.set(format, rendered);
    return rendered;
  };
}

async function page(context: Request, requestedName: string, proxy: Proxy): Promise<Response> {
  if (!isProjectName(requestedName)) return context.json({ error: notAProjectName }, 404);
  const name = normaliseName(requestedName);
  if (name !== requestedName) return context.redirect(`../${name}/`, 301);
  const format = chooseSimpleFormat(context.req.header('accept'));
  if (format === undefined) return context.json({ error: unknownFormat }, 406);
  const answer = await pageOf(name, proxy);
  if (answer.kind !== 'found') return pageError(context, name, answer);
  const leftOut = await leaveOut(answer, proxy);
  if (leftOut.size > 0) {
    proxy.onWithheld(leftOut.size);
    context.set('withheld', describeWithheld(leftOut));
    const newest = withheldForDecision(answer.page, leftOut);
    if (newest !== undefined) proxy.onRefused?.(newest);
  }
  const files = listedFiles(answer.page, leftOut, showsReasons(context.req.header('user-agent')));
  const { contentType, body } = renderSimplePage({ ...answer.page, files }, format, (entry) => fileUrl(name, entry));
  // A person's decision may change the next answer.
  return context.body(body, 200, {
    'content-type': contentType,
    'cache-control': 'no-cache',
    vary: 'Accept, User-Agent',
  });
}

async function withheld(context: Request, requestedName: string, proxy: Proxy): Promise<Response> {
  if (!isProjectName(requestedName)) return context.json({ error: notAProjectName }, 404);
  const name = normaliseName(requestedName);
  const answer = await pageOf(name, proxy);
  if (answer.kind !== 'found') return pageError(context, name, answer);
  return context.json({ package_name: name, withheld: withheldReleases(await leaveOut(answer, proxy), proxy.contact) });
}

/** Checks whether an installer shows the reasons of a 403. Registries and mirrors answer 502 instead. */
const showsReasons = (userAgent = ''): boolean => /^(pip|uv)\//.test(userAgent);

/**
 * Returns the files to list. If all are left out, an installer that shows reasons gets those of the newest release, so
 * that its user learns why.
 */
function listedFiles(
  page: ProjectPage,
  leftOut: ReadonlyMap<string, Assessment>,
  withReasons: boolean,
): readonly IndexFile[] {
  const { releases } = readPage(page);
  // Without a digest, the contents of a file could change after the verdict.
  const listed = [...releases.values()].flatMap(({ version, files }) =>
    files.filter(({ hashes }) => hashes.sha256 !== undefined).map((entry) => ({ entry, version })),
  );
  const allowed = listed.filter(({ entry }) => !leftOut.has(entry.filename));
  const newest = allowed.length > 0 || !withReasons ? null : newestVersion([...releases.values()].map(versionOf));
  return (newest === null ? allowed : listed.filter(({ version }) => version === newest)).map(({ entry }) => entry);
}

const versionOf = ({ version }: { readonly version: string }): string => version;

const leaveOut = (answer: Found, proxy: Proxy): ReturnType<JudgePage> =>
  proxy.judgePage(answer.page, isComplete(answer, proxy));

const unknownFormat = 'the page is available as HTML and as JSON (PEP 691)';
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

async function file(context: Request, path: FilePath, proxy: Proxy): Promise<Response> {
  if (!isProjectName(path.name)) return context.json({ error: notAProjectName }, 404);
  const name = normaliseName(path.name);
  const answer = await pageOf(name, proxy);
  if (answer.kind !== 'found') return pageError(context, name, answer);
  const isMetadata = path.filename.endsWith('.metadata');
  const filename = isMetadata ? path.filename.slice(0, -'.metadata'.length) : path.filename;
  const listed = findFile(answer.page, filename, path.digest);
  const version = listed === undefined ? undefined : parseFilename(filename, name)?.version;
  if (listed === undefined || version === undefined) {
    return context.json({ error: 'the index does not list this file' }, 404);
  }
  const assessment = await assess(name, version, answer, { ...proxy, file: isMetadata ? undefined : filename });
  context.set('assessment', assessment);
  if (assessment.verdict.outcome !== 'ALLOWED') {
    proxy.refused.add(listed);
    proxy.onRefused?.(assessment);
    return refuse(context, assessment, proxy);
  }
  return isMetadata ? sendMetadata(context, listed, proxy) : sendFile(context, listed, proxy);
}

function findFile({ files }: ProjectPage, filename: string, digest: string): IndexFile | undefined {
  if (!/^[0-9a-f]{16}$/.test(digest)) return undefined;
  return files.find((entry) => entry.filename === filename && entry.hashes.sha256?.startsWith(digest));
}

const isComplete = ({ complete, from }: Found, { isCompleteIndex }: Proxy): boolean =>
  complete && from.some(isCompleteIndex);

/** Assesses a release by one of its files, or by all but its files: metadata runs no code. */
async function assess(
  name: ProjectName,
  version: string,
  answer: Found,
  proxy: Proxy & { readonly file: string | undefined },
): Promise<Assessment> {
  const { firewall, decide, file } = proxy;
  const subject = { name, version, page: answer.page, pageComplete: isComplete(answer, proxy) };
  const assessment = await firewall.assess({ ...subject, ...(file === undefined ? { files: 'none' } : { file }) });
  const [decided = assessment] = await decide([assessment]);
  return decided;
}

function refuse(context: Request, assessment: Assessment, { contact }: ProxyOptions): Response {
  const refusal = proxyRefusal(assessment, contact);
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
  const checked = stream.pipe(fileCheck(listed));
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

/**
 * Forwards a file one chunk behind, so that it can abort before the last chunk if the digest or the size differs. A client
 * would read what follows the announced size as another response.
 */
function fileCheck({ hashes, size }: IndexFile): Transform {
  const hash = createHash('sha256');
  let lastChunk: Buffer | undefined;
  let received = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      received += chunk.length;
      const previousChunk = lastChunk;
      lastChunk = chunk;
      if (size !== undefined && received > size) done(new Error(wrongSize));
      else done(null, previousChunk);
    },
    flush(done) {
      if (size !== undefined && received !== size) done(new Error(wrongSize));
      else if (hash.digest('hex') === hashes.sha256) done(null, lastChunk);
      else done(new Error('the sha256 of the file is not the one in the index'));
    },
  });
}

const wrongSize = 'the size of the file is not the one in the index';
