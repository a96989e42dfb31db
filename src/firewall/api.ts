import { Hono } from 'hono';
import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import { isProjectName } from '../index/names.ts';
import { isVersion } from '../index/versions.ts';
import { packageCheck } from './api-answer.ts';
import type { ServeEnvironment } from './serve/types.ts';
import type { Firewall } from './types.ts';

const question = v.object({
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

/** Adds `GET /package-check` and `GET /healthz`. A question that is none is answered 400 with `{"error":…}`. */
export function addPackageCheck(app: Hono<ServeEnvironment>, firewall: Firewall): void {
  app.get('/healthz', (context) => context.json({ status: 'ok', policy_version: firewall.policyVersion }));
  app.get('/package-check', async (context) => {
    const asked = v.safeParse(question, context.req.query(), { abortEarly: true });
    if (!asked.success) return context.json({ error: asked.issues[0].message }, 400);
    const { package_name: name, version = null } = asked.output;
    const explain = asked.output.explain === 'true';
    const assessment = await firewall.assess({ name, version, thorough: explain });
    context.set('assessment', assessment);
    return context.json(packageCheck(assessment, { name, version, explain }));
  });
}

/**
 * The firewall over HTTP, for any server that speaks Request and Response: `GET /package-check` and `GET /healthz`.
 * A bug is answered 500, never with an answer that looks fine.
 */
export function packageCheckApi(firewall: Firewall): (request: Request) => Promise<Response> {
  const app = new Hono<ServeEnvironment>();
  addPackageCheck(app, firewall);
  app.notFound((context) => context.json({ error: 'no such path: try `/package-check?package_name=NAME`' }, 404));
  app.onError((error, context) => {
    if (error instanceof AwspipError) return context.json({ error: error.message }, 400);
    return context.json({ error: 'the firewall failed to decide; nothing is known of this package' }, 500);
  });
  return async (request) => app.fetch(request);
}
