import * as v from 'valibot';
import { isSpecifier } from '../index/versions.ts';
import { recommendedPolicy } from './policy.ts';
import { type Reach, reachNames } from './types.ts';

const points = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000));
const positive = v.pipe(v.number(), v.minValue(0), v.maxValue(1e12));
const unknown = v.optional(v.picklist(['interval', 'counts', 'ignored']), 'interval');
const line = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(500));
const glob = v.pipe(
  v.string(),
  v.maxLength(255),
  v.regex(/^[a-z0-9*]([a-z0-9._*-]*[a-z0-9*])?$/i, 'must be a project name; `*` matches any characters'),
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

const effect = v.picklist(['pass', 'hold']);
const unknownGate = v.optional(v.strictObject({ ranked: effect, unranked: effect }), {
  ranked: 'pass',
  unranked: 'hold',
});
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

const defaultGates = recommendedPolicy.gates;
const factGate = { enabled, does: v.optional(v.picklist(['hold', 'block']), 'hold'), unknown: unknownGate };
const fact = (defaults: { readonly enabled: boolean }) => v.optional(v.strictObject(factGate), { ...defaults });
const reaches = (defaults: readonly Reach[]) =>
  v.optional(v.pipe(v.array(v.picklist(reachNames)), v.maxLength(reachNames.length)), [...defaults]);
const days = v.pipe(v.number(), v.minValue(0), v.maxValue(3_650));

const gates = v.strictObject({
  malware: v.optional(v.strictObject({ enabled, unknown: unknownGate }), defaultGates.malware),
  quarantined: v.optional(v.strictObject({ enabled, unknown: unknownGate }), defaultGates.quarantined),
  cooldown: v.optional(v.strictObject({ days, unknown: unknownGate }), defaultGates.cooldown),
  installCode: v.optional(
    v.strictObject({
      ...factGate,
      ranked: reaches(defaultGates.installCode.ranked),
      unranked: reaches(defaultGates.installCode.unranked),
    }),
    {
      ...defaultGates.installCode,
      ranked: [...defaultGates.installCode.ranked],
      unranked: [...defaultGates.installCode.unranked],
    },
  ),
  newProject: v.optional(v.strictObject({ ...factGate, days: v.optional(days, 30) }), defaultGates.newProject),
  vulnerabilities: fact(defaultGates.vulnerabilities),
  yanked: fact(defaultGates.yanked),
  archivedProject: fact(defaultGates.archivedProject),
  archivedRepository: fact(defaultGates.archivedRepository),
  sdistOnly: fact(defaultGates.sdistOnly),
  missingRepository: fact(defaultGates.missingRepository),
  mismatchedRepository: fact(defaultGates.mismatchedRepository),
  unattested: fact(defaultGates.unattested),
});

const notifiable = v.picklist(['BLOCKED', 'HELD', 'ERROR']);

/** The schema of a policy file. The defaults are the values of the `recommended` policy. */
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
  withheldFiles: v.optional(v.picklist(['hide', 'hold']), recommendedPolicy.withheldFiles),
  notify: v.optional(v.strictObject({ on: v.pipe(v.array(notifiable), v.maxLength(3)) }), {
    on: [...recommendedPolicy.notify.on],
  }),
});
