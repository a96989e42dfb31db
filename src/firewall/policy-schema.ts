import * as v from 'valibot';
import { isSpecifier } from '../index/versions.ts';
import { maxConditionLength, readCondition } from './conditions/condition.ts';
import { nameBesideInstallCode, usesInstallCode } from './conditions/policy-conditions.ts';
import { indexesSchema, internalOverlap } from './indexes-schema.ts';
import { alwaysEnforced, scoreName } from './observe.ts';
import { recommendedPolicy, recommendedRules } from './policy.ts';
import { type Reach, reachNames } from './types.ts';

const points = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000));
/** Negative points lower the score. */
const signedPoints = v.pipe(v.number(), v.integer(), v.minValue(-1_000), v.maxValue(1_000));
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
const confidence = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const nameRule = v.strictObject({
  signal: v.literal('similarNames'),
  confidence,
  points,
});

const historyRule = v.strictObject({
  signal: v.literal('established'),
  releases: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)),
  years: v.pipe(v.number(), v.minValue(0.1), v.maxValue(100)),
  points: signedPoints,
});

const condition = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(maxConditionLength, `must have at most ${maxConditionLength} characters`),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.length > maxConditionLength) return;
    try {
      readCondition(dataset.value);
    } catch (error) {
      addIssue({ message: (error as Error).message });
    }
  }),
);
const isCondition = (text: string): boolean => {
  try {
    readCondition(text);
    return true;
  } catch {
    return false;
  }
};
const conditionRule = v.pipe(
  v.strictObject({
    when: v.pipe(
      condition,
      v.check(
        (when) => !isCondition(when) || !usesInstallCode(when),
        'install-time code has no points, because files are inspected after the score; use a gate',
      ),
    ),
    points: signedPoints,
    text: line,
    unknown,
  }),
  v.check(
    ({ points, unknown }) => points >= 0 || unknown !== 'counts',
    'negative points cannot count for an unknown signal',
  ),
);
const builtInRule = v.variant('signal', [thresholdRule, ageRule, nameRule, historyRule]);
type RuleInput = v.InferInput<typeof conditionRule> | v.InferInput<typeof builtInRule>;
type RuleOutput = v.InferOutput<typeof conditionRule> | v.InferOutput<typeof builtInRule>;
/** The rule of the form that the input has, so that errors are about that form. */
const rule: v.GenericSchema<RuleInput, RuleOutput> = v.lazy((input) => {
  if (input === undefined) return v.union([conditionRule, builtInRule]);
  return typeof input === 'object' && input !== null && 'when' in input ? conditionRule : builtInRule;
});

const effect = v.picklist(['pass', 'hold']);
const unknownGate = v.optional(v.strictObject({ ranked: effect, unranked: effect }), {
  ranked: 'pass',
  unranked: 'hold',
});
const enabled = v.optional(v.boolean(), true);

const until = v.optional(
  v.pipe(
    v.string(),
    v.check((text) => Number.isFinite(Date.parse(text)), 'must be a date such as `2027-01-31`'),
  ),
);
const listEntry = v.strictObject({
  name: glob,
  versions: v.optional(v.pipe(line, v.check(isSpecifier, 'must be a version specifier such as `<2` or `==1.4.*`'))),
  reason: line,
  owner: v.optional(line),
  until,
});
const list = v.optional(v.pipe(v.array(listEntry), v.maxLength(10_000)), []);
const names = v.optional(v.pipe(v.array(glob), v.maxLength(10_000)), []);

const ignoredAdvisory = v.pipe(
  v.strictObject({
    id: v.pipe(v.string(), v.regex(/^[\w.:-]{1,80}$/, 'must be the ID of an advisory such as `CVE-2027-12345`')),
    names: v.optional(v.pipe(v.array(glob), v.minLength(1, 'must not be empty'), v.maxLength(1_000))),
    reason: line,
    owner: v.optional(line),
    until,
    malware: v.optional(v.boolean()),
  }),
  v.check(({ id, malware }) => !/^MAL-/i.test(id) || malware === true, 'an advisory on malware needs `malware: true`'),
  v.check(
    ({ malware, names }) => malware !== true || names?.some((name) => name.includes('*')) === false,
    '`malware: true` needs `names` without `*`',
  ),
);

const defaultGates = recommendedPolicy.gates;
const factGate = { enabled, does: v.optional(v.picklist(['hold', 'block']), 'hold'), unknown: unknownGate };
const fact = (defaults: { readonly enabled: boolean }) => v.optional(v.strictObject(factGate), { ...defaults });
const reaches = (defaults: readonly Reach[]) =>
  v.optional(v.pipe(v.array(v.picklist(reachNames)), v.maxLength(reachNames.length)), [...defaults]);
const days = v.pipe(v.number(), v.minValue(0), v.maxValue(3_650));

const ownGate = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[a-z][a-zA-Z0-9-]{0,39}$/, 'must be letters, digits and `-`, and start with a lower-case letter'),
    v.check((name) => !reservedNames.has(name), 'is the name of a built-in gate, rule or list'),
  ),
  when: v.pipe(
    condition,
    v.check(
      (when) => !isCondition(when) || nameBesideInstallCode(when) === undefined,
      'a condition on `installCode` can also use `name`, `version`, `isPrerelease` and `isRanked`, but no other signal',
    ),
  ),
  does: v.picklist(['hold', 'block']),
  text: line,
  unknown: unknownGate,
});
const reservedNames = new Set([
  ...Object.keys(defaultGates),
  ...recommendedPolicy.rules.map(({ signal }) => String(signal)),
  ...['newest', 'blockList', 'allowList', 'condition', scoreName],
]);
const ownGates = v.pipe(
  v.array(ownGate),
  v.maxLength(100),
  v.check((own) => new Set(own.map(({ name }) => name)).size === own.length, 'two gates have the same name'),
);

const builtInGates = v.strictObject({
  malware: v.optional(v.strictObject({ enabled, unknown: unknownGate }), defaultGates.malware),
  quarantined: v.optional(v.strictObject({ enabled, unknown: unknownGate }), defaultGates.quarantined),
  cooldown: v.optional(
    v.strictObject({ days: v.optional(days, defaultGates.cooldown.days), unknown: unknownGate, except: list }),
    {
      ...defaultGates.cooldown,
      except: [],
    },
  ),
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
  similarName: v.optional(
    v.strictObject({
      enabled,
      does: factGate.does,
      confidence: v.optional(confidence, defaultGates.similarName.confidence),
    }),
    defaultGates.similarName,
  ),
  freshAndBare: v.optional(v.strictObject({ ...factGate, days: v.optional(days, 180) }), defaultGates.freshAndBare),
  borrowedRepository: fact(defaultGates.borrowedRepository),
  newProject: v.optional(v.strictObject({ ...factGate, days: v.optional(days, 30) }), defaultGates.newProject),
  vulnerabilities: fact(defaultGates.vulnerabilities),
  yanked: fact(defaultGates.yanked),
  archivedProject: fact(defaultGates.archivedProject),
  archivedRepository: fact(defaultGates.archivedRepository),
  sdistOnly: fact(defaultGates.sdistOnly),
  missingRepository: fact(defaultGates.missingRepository),
  mismatchedRepository: fact(defaultGates.mismatchedRepository),
  unattested: fact(defaultGates.unattested),
  own: v.optional(ownGates, []),
});
const gateList = v.pipe(
  ownGates,
  v.transform((own) => v.parse(builtInGates, { own })),
);
/** An object with the built-in gates, or a list of own gates. */
const gates: v.GenericSchema<
  v.InferInput<typeof builtInGates> | v.InferInput<typeof gateList>,
  v.InferOutput<typeof builtInGates>
> = v.lazy((input) => {
  if (input === undefined) return v.union([builtInGates, gateList]);
  return Array.isArray(input) ? gateList : builtInGates;
});

const approvalDays = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3_650)));
const approvals = v.pipe(
  v.strictObject({ days: approvalDays, maxDays: approvalDays, selfApproval: v.optional(v.boolean(), true) }),
  v.check(({ days = 1, maxDays = days }) => days <= maxDays, '`days` must not be above `maxDays`'),
);
const observe = v.strictObject({
  gates: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          line,
          v.check((name) => !alwaysEnforced.includes(name), 'is enforced in every mode'),
        ),
      ),
      v.minLength(1, 'must not be empty'),
      v.maxLength(200),
    ),
  ),
  names: v.optional(v.pipe(v.array(glob), v.minLength(1, 'must not be empty'), v.maxLength(10_000))),
  until,
});
/** What a policy can observe by name, without its own gates. */
const observable = new Set([...Object.keys(defaultGates), 'newest', scoreName]);

const { digestAfter } = recommendedPolicy.notify;
/** `http` is for receivers on this machine. */
const webAddress = v.pipe(
  v.string(),
  v.maxLength(1_000),
  v.regex(
    /^(https:\/\/[^\s"<>|]+|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/[^\s"<>|]*)?)$/,
    'must be an https address',
  ),
);
const notifiable = v.picklist(['BLOCKED', 'HELD', 'ERROR']);

const keys = v.strictObject({
  $schema: v.optional(v.pipe(v.string(), v.maxLength(500))),
  extends: v.optional(v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(1_000))),
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and `-`')),
  levels: v.optional(
    v.pipe(
      v.strictObject({ yellow: positive, red: positive }),
      v.check(({ yellow, red }) => yellow > 0 && yellow <= red, '`yellow` must be above 0 and not above `red`'),
    ),
    recommendedPolicy.levels,
  ),
  rules: v.optional(v.pipe(v.array(rule), v.maxLength(100)), [...recommendedRules]),
  gates: v.optional(gates, {}),
  block: list,
  allow: list,
  ignore: v.optional(v.pipe(v.array(ignoredAdvisory), v.maxLength(10_000)), []),
  newest: until,
  internal: names,
  indexes: v.optional(indexesSchema, []),
  protected: names,
  withheldFiles: v.optional(v.picklist(['hide', 'hold']), recommendedPolicy.withheldFiles),
  contact: v.optional(v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(200))),
  approvals: v.optional(approvals, { selfApproval: recommendedPolicy.approvals.selfApproval }),
  mode: v.optional(v.picklist(['enforce', 'observe']), recommendedPolicy.mode),
  observe: v.optional(observe),
  notify: v.optional(
    v.strictObject({
      on: v.optional(v.pipe(v.array(notifiable), v.maxLength(3)), [...recommendedPolicy.notify.on]),
      page: v.optional(webAddress),
      webhook: v.optional(webAddress),
      digestAfter: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000)), digestAfter),
    }),
    { on: [...recommendedPolicy.notify.on], digestAfter },
  ),
});

/** The schema of a policy file. The defaults are the values of the `recommended` policy. */
export const policySchema = v.pipe(
  keys,
  v.forward(
    v.partialCheck(
      [['indexes'], ['internal']],
      ({ indexes, internal }) => internalOverlap(indexes, internal) === undefined,
      (issue) => internalOverlap(issue.input.indexes, issue.input.internal) ?? '',
    ),
    ['indexes'],
  ),
  v.forward(
    v.partialCheck(
      [['gates'], ['observe']],
      (policy) => unknownGateName(policy) === undefined,
      (issue) => `there is no gate \`${unknownGateName(issue.input)?.slice(0, 80)}\``,
    ),
    ['observe'],
  ),
);

/** Returns the first name in the list of observed gates that is none. */
function unknownGateName({
  gates: { own },
  observe: scope,
}: Pick<v.InferOutput<typeof keys>, 'gates' | 'observe'>): string | undefined {
  return scope?.gates?.find((name) => !observable.has(name) && !own.some((gate) => gate.name === name));
}
