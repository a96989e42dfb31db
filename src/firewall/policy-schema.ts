import * as v from 'valibot';
import { gates, observable } from './gate-schema.ts';
import { indexesSchema, internalOverlap } from './indexes-schema.ts';
import { alwaysEnforced } from './observe.ts';
import { recommendedPolicy, recommendedRules } from './policy.ts';
import { rule } from './rule-schema.ts';
import { date, described, entryKeys, glob, line, list, names, positive } from './schema-parts.ts';

const ignoredAdvisory = v.pipe(
  v.strictObject({
    id: described(
      v.pipe(v.string(), v.regex(/^[\w.:-]{1,80}$/, 'must be the ID of an advisory such as `CVE-2027-12345`')),
      'The ID or an alias of the advisory',
    ),
    names: described(
      v.optional(v.pipe(v.array(glob), v.minLength(1, 'must not be empty'), v.maxLength(1_000))),
      'Projects whose advisory is left out; all if absent',
    ),
    ...entryKeys,
    malware: described(
      v.optional(v.boolean()),
      'Must be `true` for an advisory on malware, together with `names` without `*`',
    ),
  }),
  v.check(({ id, malware }) => !/^MAL-/i.test(id) || malware === true, 'an advisory on malware needs `malware: true`'),
  v.check(
    ({ malware, names }) => malware !== true || names?.some((name) => name.includes('*')) === false,
    '`malware: true` needs `names` without `*`',
  ),
);

const approvalDays = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3_650)));
const approvals = v.pipe(
  v.strictObject({
    days: described(approvalDays, 'Days that an approval lasts which names no end; default: `maxDays`, or no end'),
    maxDays: described(approvalDays, 'The most days that an approval may last'),
    selfApproval: described(v.optional(v.boolean(), true), 'Whether people may approve what they asked for'),
  }),
  v.check(({ days = 1, maxDays = days }) => days <= maxDays, '`days` must not be above `maxDays`'),
);
const observedGates = v.pipe(
  v.array(
    v.pipe(
      line,
      v.check((name) => !alwaysEnforced.includes(name), 'is enforced in every mode'),
    ),
  ),
  v.minLength(1, 'must not be empty'),
  v.maxLength(200),
);
const observe = v.strictObject({
  gates: described(
    v.optional(observedGates),
    'Names of gates, and `score` for the points of the rules; everything if absent',
  ),
  names: described(
    v.optional(v.pipe(v.array(glob), v.minLength(1, 'must not be empty'), v.maxLength(10_000))),
    'Projects; all if absent',
  ),
  until: described(v.optional(date), 'Date or time after which the policy enforces everything'),
});

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
const notify = v.strictObject({
  on: described(
    v.optional(v.pipe(v.array(notifiable), v.maxLength(3)), [...recommendedPolicy.notify.on]),
    'The results of requests that people are notified of',
  ),
  page: described(v.optional(webAddress), 'Address of the page on which approvers decide; notices link to it'),
  webhook: described(v.optional(webAddress), 'Address that gets each notice as signed JSON'),
  digestAfter: described(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000)), digestAfter),
    'How many notices of ten minutes are sent one by one; further ones are sent as a digest',
  ),
});

const levels = v.pipe(
  v.strictObject({
    yellow: described(positive, 'The lowest score of Yellow'),
    red: described(positive, 'The lowest score of Red'),
  }),
  v.check(({ yellow, red }) => yellow > 0 && yellow <= red, '`yellow` must be above 0 and not above `red`'),
);

const keys = v.strictObject({
  $schema: described(v.optional(v.pipe(v.string(), v.maxLength(500))), 'Address of this schema, for editors'),
  extends: described(
    v.optional(v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(1_000))),
    'A policy to start from: `recommended`, `reference`, or the path of a file',
  ),
  name: described(
    v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and `-`')),
    'Name of the policy, which is a part of its version',
  ),
  levels: described(v.optional(levels, recommendedPolicy.levels), 'The scores at which the risk levels begin'),
  rules: described(
    v.optional(v.pipe(v.array(rule), v.maxLength(100)), [...recommendedRules]),
    'Points for a signal past a threshold, or for a condition',
  ),
  gates: described(
    v.optional(gates, {}),
    'Conditions that put a release on hold or block it at any score: an object by gate, or a list of own gates',
  ),
  block: described(list, 'Releases that are blocked; it overrides `allow`'),
  allow: described(list, 'Releases that are allowed in spite of points and holds, but not of blocks'),
  ignore: described(
    v.optional(v.pipe(v.array(ignoredAdvisory), v.maxLength(10_000)), []),
    'Advisories that gates and conditions leave out',
  ),
  newest: described(
    v.optional(date),
    'Date or time: every release that was uploaded later, or at an unknown time, is on hold',
  ),
  internal: described(names, 'Names of your own projects, which are never sent to an outside source'),
  indexes: described(
    v.optional(indexesSchema, []),
    'Further indexes, each with the names that come from there and nowhere else',
  ),
  protected: described(names, 'Names that no other project may resemble, in addition to popular names'),
  withheldFiles: described(
    v.optional(v.picklist(['hide', 'hold']), recommendedPolicy.withheldFiles),
    '`hide`: a release is vetted without a file that is blocked or on hold; `hold`: the whole release is on hold',
  ),
  contact: described(
    v.optional(v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(200))),
    'Whom to ask about a hold or block; printed with each',
  ),
  approvals: described(
    v.optional(approvals, { selfApproval: recommendedPolicy.approvals.selfApproval }),
    'Terms of approvals; without effect on verdicts',
  ),
  mode: described(
    v.optional(v.picklist(['enforce', 'observe']), recommendedPolicy.mode),
    '`observe`: what the policy would stop is allowed and recorded',
  ),
  observe: described(v.optional(observe), 'What the mode `observe` is about; everything if absent'),
  notify: described(
    v.optional(notify, { on: [...recommendedPolicy.notify.on], digestAfter }),
    'Notices to people; without effect on verdicts',
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
