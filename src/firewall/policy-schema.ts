import * as v from 'valibot';
import { isSpecifier } from '../index/versions.ts';
import { recommendedPolicy } from './policy.ts';
import { type Reach, reachNames } from './types.ts';

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

const shippedGates = recommendedPolicy.gates;
const factGate = { enabled, does: v.optional(v.picklist(['hold', 'block']), 'hold'), unknown: whenUnknown };
const fact = (shipped: { readonly enabled: boolean }) => v.optional(v.strictObject(factGate), { ...shipped });
const reaches = (shipped: readonly Reach[]) =>
  v.optional(v.pipe(v.array(v.picklist(reachNames)), v.maxLength(reachNames.length)), [...shipped]);
const days = v.pipe(v.number(), v.minValue(0), v.maxValue(3_650));

const gates = v.strictObject({
  malware: v.optional(v.strictObject({ enabled, unknown: whenUnknown }), shippedGates.malware),
  quarantined: v.optional(v.strictObject({ enabled, unknown: whenUnknown }), shippedGates.quarantined),
  cooldown: v.optional(v.strictObject({ days, unknown: whenUnknown }), shippedGates.cooldown),
  installCode: v.optional(
    v.strictObject({
      ...factGate,
      ranked: reaches(shippedGates.installCode.ranked),
      unranked: reaches(shippedGates.installCode.unranked),
    }),
    {
      ...shippedGates.installCode,
      ranked: [...shippedGates.installCode.ranked],
      unranked: [...shippedGates.installCode.unranked],
    },
  ),
  newProject: v.optional(v.strictObject({ ...factGate, days: v.optional(days, 30) }), shippedGates.newProject),
  vulnerabilities: fact(shippedGates.vulnerabilities),
  yanked: fact(shippedGates.yanked),
  archivedProject: fact(shippedGates.archivedProject),
  archivedRepository: fact(shippedGates.archivedRepository),
  sdistOnly: fact(shippedGates.sdistOnly),
  missingRepository: fact(shippedGates.missingRepository),
  mismatchedRepository: fact(shippedGates.mismatchedRepository),
  unattested: fact(shippedGates.unattested),
});

const notifiable = v.picklist(['BLOCKED', 'HELD', 'ERROR']);

/** A policy file: what it leaves out is as in the `recommended` policy. */
export const policySchema = v.strictObject({
  $schema: v.optional(v.pipe(v.string(), v.maxLength(500))),
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
  gates: v.optional(gates, {}),
  block: list,
  allow: list,
  internal: names,
  protected: names,
  notify: v.optional(v.strictObject({ on: v.pipe(v.array(notifiable), v.maxLength(3)) }), {
    on: [...recommendedPolicy.notify.on],
  }),
});
