import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import { isSpecifier } from '../index/versions.ts';
import { type Policy, recommendedPolicy } from './policy.ts';

const largest = 1_048_576;
const points = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000));
const positive = v.pipe(v.number(), v.minValue(0), v.maxValue(1e12));
const unknown = v.optional(v.picklist(['interval', 'counts', 'ignored']), 'interval');
const line = v.pipe(v.string(), v.minLength(1), v.maxLength(500));
const glob = v.pipe(
  v.string(),
  v.maxLength(255),
  v.regex(/^[a-z0-9*]([a-z0-9._*-]*[a-z0-9*])?$/i, 'must be a project name, with `*` for any run of characters'),
);

const thresholdRule = v.strictObject({
  signal: v.picklist(['downloads', 'stars', 'versionsCount']),
  below: positive,
  points,
  unknown,
});
const ageRule = v.strictObject({
  signal: v.literal('lastModified'),
  olderThanYears: v.pipe(v.number(), v.minValue(0.1), v.maxValue(100)),
  points,
  unknown,
});
const nameRule = v.strictObject({
  signal: v.literal('similarNames'),
  confidence: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  points,
});

const side = v.picklist(['pass', 'hold']);
const whenUnknown = v.optional(v.strictObject({ ranked: side, unranked: side }), { ranked: 'pass', unranked: 'hold' });
const enabled = v.optional(v.boolean(), true);

const listEntry = v.strictObject({
  name: glob,
  versions: v.optional(v.pipe(line, v.check(isSpecifier, 'must be a version specifier such as `<2` or `==1.4.*`'))),
  reason: line,
  owner: v.optional(line),
  until: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => Number.isFinite(Date.parse(text)), 'must be a date such as `2027-01-31`'),
    ),
  ),
});
const list = v.optional(v.pipe(v.array(listEntry), v.maxLength(10_000)), []);
const names = v.optional(v.pipe(v.array(glob), v.maxLength(10_000)), []);

const policySchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and `-`')),
  levels: v.optional(
    v.pipe(
      v.strictObject({ yellow: positive, red: positive }),
      v.check(({ yellow, red }) => yellow > 0 && yellow <= red, '`yellow` must be above 0 and not above `red`'),
    ),
    recommendedPolicy.levels,
  ),
  rules: v.optional(v.pipe(v.array(v.variant('signal', [thresholdRule, ageRule, nameRule])), v.maxLength(100)), [
    ...recommendedPolicy.rules,
  ]),
  gates: v.optional(
    v.strictObject({
      malware: v.optional(v.strictObject({ enabled, unknown: whenUnknown }), recommendedPolicy.gates.malware),
      quarantined: v.optional(v.strictObject({ enabled, unknown: whenUnknown }), recommendedPolicy.gates.quarantined),
      cooldown: v.optional(
        v.strictObject({ days: v.pipe(v.number(), v.minValue(0), v.maxValue(3_650)), unknown: whenUnknown }),
        recommendedPolicy.gates.cooldown,
      ),
    }),
    recommendedPolicy.gates,
  ),
  block: list,
  allow: list,
  internal: names,
  protected: names,
});

/**
 * Reads a policy file (JSON). What it leaves out is as in the `recommended` policy; what it does not know it refuses.
 * @throws AwspipError `policy-invalid`, naming each wrong field
 */
export function loadPolicy(text: string): Policy {
  if (text.length > largest) throw invalid([`it is longer than ${largest} characters`]);
  const result = v.safeParse(policySchema, parseJson(text));
  if (result.success) return result.output;
  throw invalid(result.issues.slice(0, 10).map(describeIssue));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid([cause instanceof Error ? cause.message : 'it is not JSON']);
  }
}

type Issue = { readonly message: string; readonly path?: readonly { readonly key: unknown }[] | undefined };

function describeIssue({ message, path }: Issue): string {
  const place = (path ?? []).map(({ key }) => String(key)).join('.');
  return place === '' ? message : `${place}: ${message}`;
}

function invalid(lines: readonly string[]): AwspipError {
  return new AwspipError(
    'policy-invalid',
    `the policy file is not valid\n${lines.map((one) => `  ${one}`).join('\n')}`,
    {
      exit: 'configuration',
    },
  );
}
