import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import { isProjectName } from '../index/names.ts';
import { isVersion } from '../index/versions.ts';
import { oneLine } from '../printable.ts';
import { packageCheck, packageNotFound } from './package-check.ts';
import type { ServeEnvironment } from './serve/types.ts';
import type { Firewall } from './types.ts';

const querySchema = v.strictObject({
  package_name: v.optional(
    v.pipe(
      v.string(),
      v.check((name) => name !== '', '`package_name` is missing'),
      v.check(isProjectName, '`package_name` is not a project name'),
    ),
    '',
  ),
  version: v.optional(v.pipe(v.string(), v.maxLength(100), v.check(isVersion, '`version` is not a version (PEP 440)'))),
  platform: v.optional(v.literal('pypi', '`platform` must be `pypi`'), 'pypi'),
  explain: v.optional(v.picklist(['true', 'false'], '`explain` must be `true` or `false`'), 'false'),
});

/** The methods that no path of the API takes. */
export const otherMethods = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Answers a request with another method than GET or HEAD. */
export const methodNotAllowed = (context: Context<ServeEnvironment>): Response =>
  context.json({ error: 'this path takes GET and HEAD only' }, 405, { allow: 'GET, HEAD' });

/**
 * Adds `GET /package-check` and `GET /healthz`. An invalid query gets status 400 with `{"error":…}`, a project or version
 * that does not exist 404, and another method 405.
 */
export function addPackageCheck(app: Hono<ServeEnvironment>, firewall: Firewall): void {
  app.get('/healthz', (context) => context.json({ status: 'ok', policy_version: firewall.policyVersion }));
  app.get('/package-check', async (context) => {
    const query = readQuery(context.req.queries());
    if ('error' in query) return context.json(query, 400);
    const { package_name: name, version = null } = query;
    const explain = query.explain === 'true';
    const assessment = await firewall.assess({ name, version, thorough: explain });
    context.set('assessment', assessment);
    if (assessment.missing !== undefined) return context.json(packageNotFound(assessment, { name, version }), 404);
    return context.json(packageCheck(assessment, { name, version, explain }));
  });
  for (const path of ['/healthz', '/package-check']) app.on(otherMethods, path, methodNotAllowed);
}

function readQuery(parameters: Readonly<Record<string, readonly string[]>>) {
  const entries = Object.entries(parameters);
  const repeated = entries.find(([, values]) => values.length > 1);
  if (repeated !== undefined) return { error: `\`${printable(repeated[0])}\` is given more than once` };
  const unknown = entries.find(([key]) => !Object.hasOwn(querySchema.entries, key));
  if (unknown !== undefined) {
    const known = Object.keys(querySchema.entries).map((key) => `\`${key}\``);
    return { error: `\`${printable(unknown[0])}\` is not a parameter; the parameters are ${known.join(', ')}` };
  }
  const query = v.safeParse(querySchema, Object.fromEntries(entries.map(([key, [value]]) => [key, value])), {
    abortEarly: true,
  });
  return query.success ? query.output : { error: query.issues[0].message };
}

const printable = (text: string): string => oneLine(text).slice(0, 60);

/**
 * Returns the API of the firewall as a fetch handler: `GET /package-check` and `GET /healthz`. A bug gets status 500, so
 * that it cannot be mistaken for a verdict.
 */
export function packageCheckApi(firewall: Firewall): (request: Request) => Promise<Response> {
  const app = new Hono<ServeEnvironment>();
  addPackageCheck(app, firewall);
  app.notFound((context) =>
    context.json({ error: 'this path does not exist; use `/package-check?package_name=NAME`' }, 404),
  );
  app.onError((error, context) => {
    if (error instanceof AwspipError) return context.json({ error: error.message }, 400);
    return context.json({ error: 'the firewall failed to decide; the risk of this package is unknown' }, 500);
  });
  return async (request) => app.fetch(request);
}
