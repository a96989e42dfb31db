import { Hono } from 'hono';
import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import { isProjectName } from '../index/names.ts';
import { isVersion } from '../index/versions.ts';
import { packageCheck } from './package-check.ts';
import type { ServeEnvironment } from './serve/types.ts';
import type { Firewall } from './types.ts';

const querySchema = v.object({
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

/** Adds `GET /package-check` and `GET /healthz`. An invalid query gets status 400 with `{"error":…}`. */
export function addPackageCheck(app: Hono<ServeEnvironment>, firewall: Firewall): void {
  app.get('/healthz', (context) => context.json({ status: 'ok', policy_version: firewall.policyVersion }));
  app.get('/package-check', async (context) => {
    const query = v.safeParse(querySchema, context.req.query(), { abortEarly: true });
    if (!query.success) return context.json({ error: query.issues[0].message }, 400);
    const { package_name: name, version = null } = query.output;
    const explain = query.output.explain === 'true';
    const assessment = await firewall.assess({ name, version, thorough: explain });
    context.set('assessment', assessment);
    return context.json(packageCheck(assessment, { name, version, explain }));
  });
}

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
