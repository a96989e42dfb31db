import * as v from 'valibot';
import { usesInstallCode } from './conditions/policy-conditions.ts';
import { condition, confidence, described, isCondition, line, positive, signedPoints } from './schema-parts.ts';

const points = described(
  v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000)),
  'Points that are added to the score',
);
const pointsOrLess = described(signedPoints, 'Points that are added to the score; negative points lower it');
const unknown = described(
  v.optional(v.picklist(['interval', 'counts', 'ignored']), 'interval'),
  'Effect of an unknown signal: it widens the score (`interval`), counts all points (`counts`), or counts none (`ignored`)',
);
const years = v.pipe(v.number(), v.minValue(0.1), v.maxValue(100));

const thresholdRule = v.strictObject({
  signal: described(v.picklist(['downloads', 'stars', 'versionsCount']), 'The signal that is compared'),
  below: described(positive, 'The rule fires if the value is below this'),
  points,
  unknown,
});
const ageRule = v.strictObject({
  signal: described(v.literal('lastModified'), 'The time of the newest upload of the project'),
  olderThanYears: described(years, 'The rule fires if the newest upload is older than this many years'),
  points,
  unknown,
});
const nameRule = v.strictObject({
  signal: described(v.literal('similarNames'), 'Likeness to a popular or protected name'),
  confidence: described(confidence, 'The rule fires if a name is similar with at least this confidence, 0 to 1'),
  points,
});
const historyRule = v.strictObject({
  signal: described(
    v.literal('established'),
    'A long history of an unranked project; counts only if the other rules say Yellow or Red',
  ),
  releases: described(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)),
    'The minimum number of releases',
  ),
  years: described(years, 'The minimum number of years since the first release'),
  points: pointsOrLess,
});

const conditionRule = v.pipe(
  v.strictObject({
    when: described(
      v.pipe(
        condition,
        v.check(
          (when) => !isCondition(when) || !usesInstallCode(when),
          'install-time code has no points, because files are inspected after the score; use a gate',
        ),
      ),
      'A condition in CEL: the rule fires if it is true',
    ),
    points: pointsOrLess,
    text: described(line, 'The reason that people read'),
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
export const rule: v.GenericSchema<RuleInput, RuleOutput> = v.lazy((input) => {
  if (input === undefined) return v.union([conditionRule, builtInRule]);
  return typeof input === 'object' && input !== null && 'when' in input ? conditionRule : builtInRule;
});
