import { Hono } from 'hono';
import { routePath } from 'hono/route';
import { AwspipError } from '../../errors.ts';
import { addPackageCheck, methodNotAllowed, otherMethods } from '../package-check-api.ts';
import { policyJsonSchema } from '../policy-json-schema.ts';
import type { Assessment, Firewall, Signal } from '../types.ts';
import type { Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import type { LogEntry, ServeEnvironment } from './types.ts';

type ServeOptions = {
  readonly firewall: Firewall;
  /** The registry proxy; undefined to serve only the API. */
  readonly proxy: Hono<ServeEnvironment> | undefined;
  readonly metrics: Metrics;
  readonly log: (entry: LogEntry) => void;
  /** Returns milliseconds of a monotonic clock. */
  readonly clock: () => number;
  readonly version: string;
};

const apiRoutes = new Set(['/package-check', '/healthz', '/metrics', '/openapi.json', '/policy.schema.json']);

/** Returns the HTTP server of the firewall: the API, the metrics, the OpenAPI document and the registry proxy. */
export function firewallServer(options: ServeOptions): Hono<ServeEnvironment> {
  const { firewall, proxy, metrics, version } = options;
  const app = new Hono<ServeEnvironment>();
  app.use(async (context, next) => {
    const started = options.clock();
    await next();
    const seconds = (options.clock() - started) / 1_000;
    record(options, {
      method: context.req.method,
      path: context.req.path,
      route: routeOf(routePath(context, -1)),
      status: context.res.status,
      seconds,
      assessment: context.get('assessment'),
      withheld: context.get('withheld'),
      client: context.env?.incoming?.socket.remoteAddress,
      userAgent: context.req.header('user-agent'),
    });
  });
  addPackageCheck(app, firewall);
  app.get('/metrics', (context) =>
    context.body(metrics.text(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
  for (const path of apiRoutes) app.on(otherMethods, path, methodNotAllowed);
  const document = openApiDocument(version, proxy !== undefined);
  app.get('/openapi.json', (context) => context.json(document));
  app.get('/policy.schema.json', (context) => context.json(policyJsonSchema()));
  if (proxy !== undefined) app.route('/', proxy);
  app.notFound((context) => context.json({ error: 'this path does not exist; `/openapi.json` lists all paths' }, 404));
  app.onError((error, context) => {
    if (error instanceof AwspipError) return context.json({ error: error.message }, error.exit === 'usage' ? 400 : 504);
    options.log({
      level: 'error',
      event: 'bug',
      path: context.req.path.slice(0, 500),
      error: error.message.slice(0, 500),
    });
    return context.json({ error: 'the firewall failed to decide; the risk of this package is unknown' }, 500);
  });
  return app;
}

/** Returns one of a fixed set of labels, so that requests for arbitrary paths cannot create new time series. */
function routeOf(path: string): string {
  if (apiRoutes.has(path)) return path;
  if (path.startsWith('/simple')) return '/simple';
  if (path.startsWith('/withheld')) return '/withheld';
  return path.startsWith('/files') ? '/files' : 'other';
}

type CompletedRequest = {
  readonly method: string;
  readonly path: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  readonly assessment: Assessment | undefined;
  /** What a page leaves out. */
  readonly withheld: string | undefined;
  /** The address of the client; a proxy in front of the server has its own. */
  readonly client: string | undefined;
  readonly userAgent: string | undefined;
};

/** Updates the metrics and writes a log entry. */
function record({ metrics, log }: ServeOptions, request: CompletedRequest): void {
  const { method, path, route, status, seconds, assessment, withheld, client, userAgent } = request;
  metrics.count('awspip_http_requests_total', { route, status });
  metrics.observe(route, seconds);
  if (assessment !== undefined) {
    metrics.count('awspip_verdicts_total', { outcome: assessment.verdict.outcome });
    for (const [signal, value] of Object.entries(assessment.signals)) {
      if (isUnknown(value)) metrics.count('awspip_unknown_signals_total', { signal });
    }
  }
  log({
    level: status >= 500 ? 'error' : 'info',
    event: 'request',
    method,
    path: path.slice(0, 500),
    status,
    milliseconds: Math.round(seconds * 1e5) / 100,
    client,
    userAgent: userAgent?.slice(0, 300),
    package: assessment?.name,
    version: assessment?.version,
    outcome: assessment?.verdict.outcome,
    policy: assessment?.verdict.policyVersion,
    reasons: assessment?.verdict.reasons.map(({ text }) => text).join(', '),
    withheld,
  });
}

function isUnknown(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as Partial<Signal<unknown>>).known === false;
}
