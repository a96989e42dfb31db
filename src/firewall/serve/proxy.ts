import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { type Context, Hono } from 'hono';
import { parseFilename } from '../../index/filename.ts';
import { isProjectName, normaliseName } from '../../index/names.ts';
import { chooseSimpleFormat, renderSimplePage } from '../../index/simple-page.ts';
import type { IndexFile, PageResult, ProjectName, ProjectPage, UpstreamIndex } from '../../index/types.ts';
import type { Policy } from '../policy.ts';
import type { Assessment, Firewall } from '../types.ts';
import { filesWithinCooldown } from './cooldown.ts';
import { proxyRefusal, reasonPhrase } from './refusal.ts';
import type { ServeEnvironment } from './types.ts';

/** What the registry proxy stands between. */
export type ProxyOptions = {
  readonly firewall: Firewall;
  readonly policy: Policy;
  readonly upstream: Pick<UpstreamIndex, 'page' | 'open' | 'metadata'>;
  /** Whether an index lists all releases there are; counts of any other are lower bounds. */
  readonly isWhole: (source: string) => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Names that the index must not hear of: a team's own before a public index. */
  readonly keepsBack?: ((name: ProjectName) => boolean) | undefined;
  readonly onHidden: (name: ProjectName, files: number) => void;
  /** A file that broke off: the index failed, or sent other bytes than it lists. */
  readonly onBroken?: ((filename: string, why: string) => void) | undefined;
};

type Found = Extract<PageResult, { kind: 'found' }>;
type Request = Context<ServeEnvironment>;

/**
 * A simple index (PEP 503, 691) in front of a real one: pages without releases that are too young, files of releases
 * that the firewall allows. The others are answered 403, with the reason in the body and in the reason phrase.
 */
export function registryProxy(options: ProxyOptions): Hono<ServeEnvironment> {
  const app = new Hono<ServeEnvironment>();
  app.get('/simple/', (context) =>
    context.json({ error: 'projects are not listed here: ask for `/simple/NAME/`' }, 404),
  );
  app.get('/simple/:name', (context) => context.redirect(`./${encodeURIComponent(context.req.param('name'))}/`, 301));
  app.get('/simple/:name/', (context) => page(context, context.req.param('name'), options));
  app.get('/files/:name/:digest/:filename', (context) => file(context, context.req.param(), options));
  return app;
}

async function page(context: Request, given: string, options: ProxyOptions): Promise<Response> {
  if (!isProjectName(given)) return context.json({ error: 'that is not a project name' }, 404);
  const name = normaliseName(given);
  if (name !== given) return context.redirect(`../${name}/`, 301);
  const format = chooseSimpleFormat(context.req.header('accept'));
  if (format === undefined) return context.json({ error: 'pages are HTML, or JSON of PEP 691' }, 406);
  const found = await pageOf(name, options);
  if (found.kind !== 'found') return absent(context, name, found);
  const judge = (version: string) => assess(name, version, found, options);
  const hidden = await filesWithinCooldown(found.page, { policy: options.policy, now: options.now(), judge });
  if (hidden.size > 0) options.onHidden(name, hidden.size);
  // What has no digest could be another file tomorrow.
  const files = found.page.files.filter(({ filename, hashes }) => !hidden.has(filename) && hashes.sha256 !== undefined);
  const { contentType, body } = renderSimplePage({ ...found.page, files }, format, (one) => linkOf(name, one));
  return context.body(body, 200, { 'content-type': contentType, 'cache-control': 'max-age=60', vary: 'Accept' });
}

/** Who registers a team's name in public gets nothing: the name is not asked for there. */
async function pageOf(name: ProjectName, { upstream, keepsBack }: ProxyOptions): Promise<PageResult> {
  return keepsBack?.(name) ? { kind: 'missing' } : upstream.page(name);
}

function absent(context: Request, name: ProjectName, answer: Exclude<PageResult, Found>): Response {
  if (answer.kind === 'missing') return context.json({ error: `the index has no project ${name}` }, 404);
  // pip asks again and again on 502 and 503.
  return context.json({ error: `the index does not answer: ${answer.cause}` }, 504);
}

const linkOf = (name: ProjectName, { filename, hashes }: IndexFile): string =>
  `../../files/${name}/${(hashes.sha256 ?? '').slice(0, 16)}/${encodeURIComponent(filename)}`;

type FilePath = { readonly name: string; readonly digest: string; readonly filename: string };

async function file(context: Request, asked: FilePath, options: ProxyOptions): Promise<Response> {
  if (!isProjectName(asked.name)) return context.json({ error: 'that is not a project name' }, 404);
  const name = normaliseName(asked.name);
  const answer = await pageOf(name, options);
  if (answer.kind !== 'found') return absent(context, name, answer);
  const isMetadata = asked.filename.endsWith('.metadata');
  const filename = isMetadata ? asked.filename.slice(0, -'.metadata'.length) : asked.filename;
  const listed = findFile(answer.page, filename, asked.digest);
  const version = listed === undefined ? undefined : parseFilename(filename, name)?.version;
  if (listed === undefined || version === undefined) {
    return context.json({ error: 'the index does not list that file' }, 404);
  }
  const assessment = await assess(name, version, answer, options);
  context.set('assessment', assessment);
  if (assessment.verdict.outcome !== 'ALLOWED') return refuse(context, assessment);
  return isMetadata ? sendMetadata(context, listed, options) : send(context, listed, options);
}

function findFile({ files }: ProjectPage, filename: string, digest: string): IndexFile | undefined {
  if (!/^[0-9a-f]{16}$/.test(digest)) return undefined;
  return files.find((one) => one.filename === filename && one.hashes.sha256?.startsWith(digest));
}

function assess(
  name: ProjectName,
  version: string,
  { page, from, complete }: Found,
  options: ProxyOptions,
): Promise<Assessment> {
  return options.firewall.assess({ name, version, page, pageComplete: complete && from.some(options.isWhole) });
}

function refuse(context: Request, assessment: Assessment): Response {
  const refusal = proxyRefusal(assessment);
  const { outgoing } = context.env;
  // HTTP/2 has no reason phrases, and neither have tests without a socket.
  if (outgoing !== undefined && 'statusMessage' in outgoing) outgoing.statusMessage = reasonPhrase(refusal.error);
  return context.json(refusal, 403);
}

async function sendMetadata(context: Request, listed: IndexFile, { upstream }: ProxyOptions): Promise<Response> {
  const text = await upstream.metadata(listed);
  if (text === undefined) return context.json({ error: 'the index has no metadata of that file' }, 404);
  return context.body(text, 200, { 'content-type': 'text/plain; charset=utf-8' });
}

async function send(context: Request, listed: IndexFile, { upstream, onBroken }: ProxyOptions): Promise<Response> {
  const headers = {
    'content-type': 'application/octet-stream',
    'cache-control': 'public, max-age=86400',
    ...(listed.size === undefined ? {} : { 'content-length': String(listed.size) }),
  };
  if (context.req.method === 'HEAD') return context.body(null, 200, headers);
  const { stream } = await upstream.open(listed);
  const checked = stream.pipe(digestCheck(listed.hashes.sha256 ?? ''));
  stream.once('error', (error) => checked.destroy(error));
  checked.once('error', ({ message }) => onBroken?.(listed.filename, message));
  checked.once('close', () => stream.destroy());
  return context.body(Readable.toWeb(checked) as ReadableStream<Uint8Array>, 200, headers);
}

/** Passes bytes on and breaks off before the end when they are not those that were judged. */
function digestCheck(sha256: string): Transform {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      const before = held;
      held = chunk;
      done(null, before);
    },
    flush(done) {
      if (hash.digest('hex') === sha256) done(null, held);
      else done(new Error('the file is not the one that the index lists'));
    },
  });
}
