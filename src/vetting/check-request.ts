import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import type { RequestContent } from './types.ts';

/** Bounds of one request; a command that passes them is told so before anything is started. */
const requestLimits = {
  requirements: 5_000,
  requirementLength: 2_000,
  names: 5_000,
  markers: 40,
  platforms: 100,
  textLength: 300,
};

const text = v.pipe(v.string(), v.maxLength(requestLimits.textLength));
const requirements = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(requestLimits.requirementLength))),
  v.maxLength(requestLimits.requirements),
);
const few = v.pipe(v.array(text), v.maxLength(requestLimits.platforms));
const names = v.pipe(v.array(text), v.maxLength(requestLimits.names));

const requestSchema = v.object({
  roots: v.pipe(requirements, v.minLength(1)),
  constraints: requirements,
  options: v.object({
    pre: v.boolean(),
    formatControl: v.object({ onlyBinary: names, noBinary: names }),
    noDeps: v.boolean(),
    upgrade: v.boolean(),
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
        platforms: v.optional(few),
        implementation: v.optional(text),
        abis: v.optional(few),
        any: v.optional(v.boolean()),
      }),
    ),
  }),
  requestedBy: text,
});

/**
 * What is asked, checked for form and size; unknown members are dropped. The requirements themselves are read later.
 *
 * @throws AwspipError `usage`
 */
export function checkRequestContent(input: unknown): RequestContent {
  const result = v.safeParse(requestSchema, input);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? 'the request';
  throw new AwspipError('bad-request', `this cannot be asked of vetting: ${where}: ${issue.message}`, {
    exit: 'usage',
    hint: 'install in smaller portions, or mend the requirement that is named',
  });
}
