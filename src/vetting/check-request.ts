import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import type { RequestContent } from './types.ts';

/** Limits of one request, checked before an execution starts. */
const requestLimits = {
  requirements: 5_000,
  requirementLength: 2_000,
  names: 5_000,
  markers: 40,
  platforms: 100,
  textLength: 300,
  reasonLength: 500,
};

const text = v.pipe(v.string(), v.maxLength(requestLimits.textLength));
const time = v.pipe(v.string(), v.isoTimestamp());
const requirements = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(requestLimits.requirementLength))),
  v.maxLength(requestLimits.requirements),
);
const platforms = v.pipe(v.array(text), v.maxLength(requestLimits.platforms));
const names = v.pipe(v.array(text), v.maxLength(requestLimits.names));

const requestSchema = v.object({
  roots: v.pipe(requirements, v.minLength(1)),
  constraints: requirements,
  options: v.object({
    pre: v.boolean(),
    formatControl: v.object({ onlyBinary: names, noBinary: names }),
    noDeps: v.boolean(),
    upgrade: v.boolean(),
    separate: v.optional(v.boolean()),
    uploadedBefore: v.optional(
      v.object({
        all: v.optional(time),
        projects: v.optional(
          v.pipe(
            v.record(text, v.nullable(time)),
            v.check((projects) => Object.keys(projects).length <= requestLimits.names, 'too many projects'),
          ),
        ),
      }),
    ),
  }),
  environment: v.object({
    markers: v.pipe(
      v.record(text, text),
      v.check((markers) => Object.keys(markers).length <= requestLimits.markers, 'too many markers'),
    ),
    implementation: text,
    platform: text,
    libc: v.optional(v.object({ name: v.picklist(['glibc', 'musl']), version: text })),
    freeThreaded: v.optional(v.boolean()),
    target: v.optional(
      v.object({
        version: v.optional(text),
        platforms: v.optional(platforms),
        implementation: v.optional(text),
        abis: v.optional(platforms),
        any: v.optional(v.boolean()),
      }),
    ),
  }),
  requestedBy: text,
  reason: v.optional(v.pipe(v.string(), v.maxLength(requestLimits.reasonLength))),
});

/**
 * Checks the form and size of a request and drops unknown members. The resolver parses the requirements later.
 *
 * @throws AwspipError `usage`
 */
export function checkRequestContent(input: unknown): RequestContent {
  const result = v.safeParse(requestSchema, input);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const member = path === null ? '' : `\`${path}\`: `;
  throw new AwspipError('bad-request', `the vetting request is invalid: ${member}${issue.message}`, {
    exit: 'usage',
    hint: 'correct the requirement, or install fewer requirements per command',
  });
}
