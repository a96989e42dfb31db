import * as v from 'valibot';
import { isSpecifier } from '../index/versions.ts';
import { maxConditionLength, readCondition } from './conditions/condition.ts';

/** Adds the meaning of a key, which the JSON schema and docs/reference/policy.md show. */
export const described = <TSchema extends v.GenericSchema>(
  schema: TSchema,
  text: string,
): v.SchemaWithPipe<readonly [TSchema, v.DescriptionAction<v.InferOutput<TSchema>, string>]> =>
  v.pipe(schema, v.description<v.InferOutput<TSchema>, string>(text));

/** Negative points lower the score. */
export const signedPoints = v.pipe(v.number(), v.integer(), v.minValue(-1_000), v.maxValue(1_000));
export const positive = v.pipe(v.number(), v.minValue(0), v.maxValue(1e12));
export const line = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(500));
export const glob = v.pipe(
  v.string(),
  v.maxLength(255),
  v.regex(/^[a-z0-9*]([a-z0-9._*-]*[a-z0-9*])?$/i, 'must be a project name; `*` matches any characters'),
);
export const confidence = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
export const days = v.pipe(v.number(), v.minValue(0), v.maxValue(3_650));

export const date = v.pipe(
  v.string(),
  v.check((text) => Number.isFinite(Date.parse(text)), 'must be a date such as `2027-01-31`'),
);

/** The keys that entries of lists share. */
export const entryKeys = {
  reason: described(line, 'Why, for people'),
  owner: described(v.optional(line), 'Who is responsible'),
  until: described(v.optional(date), 'Date or time after which the entry is ignored'),
};

const listEntry = v.strictObject({
  name: described(glob, 'Project name; `*` matches any characters'),
  versions: described(
    v.optional(v.pipe(line, v.check(isSpecifier, 'must be a version specifier such as `<2` or `==1.4.*`'))),
    'Version specifier (PEP 440); all versions if absent',
  ),
  ...entryKeys,
});
export const list = v.optional(v.pipe(v.array(listEntry), v.maxLength(10_000)), []);
export const names = v.optional(v.pipe(v.array(glob), v.maxLength(10_000)), []);

export const condition = v.pipe(
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

export const isCondition = (text: string): boolean => {
  try {
    readCondition(text);
    return true;
  } catch {
    return false;
  }
};
