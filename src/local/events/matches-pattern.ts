/** One condition of an EventBridge pattern: a value, or an object of comparison operators. */
type Condition = unknown;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function startsWith(value: unknown, prefix: unknown): boolean {
  if (isObject(prefix)) return startsWith(lowerCase(value), lowerCase(prefix['equals-ignore-case']));
  return typeof value === 'string' && typeof prefix === 'string' && value.startsWith(prefix);
}

function endsWith(value: unknown, suffix: unknown): boolean {
  if (isObject(suffix)) return endsWith(lowerCase(value), lowerCase(suffix['equals-ignore-case']));
  return typeof value === 'string' && typeof suffix === 'string' && value.endsWith(suffix);
}

const lowerCase = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** Evaluates `anything-but`, whose operand is a value, a list of values, or an object of other operators. */
function isAnythingBut(value: unknown, excluded: unknown): boolean {
  if (isObject(excluded)) {
    return Object.entries(excluded).every(([operator, operands]) =>
      list(operands).every((operand) => !satisfiesOperator(value, operator, operand)),
    );
  }
  return !list(excluded).includes(value);
}

function satisfiesOperator(value: unknown, operator: string, operand: unknown): boolean {
  switch (operator) {
    case 'prefix':
      return startsWith(value, operand);
    case 'suffix':
      return endsWith(value, operand);
    case 'equals-ignore-case':
      return typeof value === 'string' && lowerCase(value) === lowerCase(operand);
    case 'anything-but':
      return isAnythingBut(value, operand);
    default:
      throw new Error(`the local stack does not support \`${operator}\` in event patterns`);
  }
}

function satisfies(value: unknown, condition: Condition): boolean {
  if (!isObject(condition)) return value === condition;
  return Object.entries(condition).every(([operator, operand]) => satisfiesOperator(value, operator, operand));
}

/** Checks a field. Its conditions are alternatives, and a list matches if one of its values satisfies one of them. */
function matchesField(value: unknown, present: boolean, conditions: readonly Condition[]): boolean {
  return conditions.some((condition) => {
    if (isObject(condition) && 'exists' in condition) {
      return condition.exists === (present && !isObject(value));
    }
    return present && list(value).some((element) => satisfies(element, condition));
  });
}

/**
 * Checks that an event matches an EventBridge pattern. Supports exact values, `prefix`, `suffix`,
 * `equals-ignore-case`, `exists`, `anything-but` and `$or`.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
 * @throws {Error} for any other operator, because a rule must not match differently here than on AWS.
 */
export function matchesPattern(event: unknown, pattern: object): boolean {
  return Object.entries(pattern).every(([key, expected]: [string, unknown]) => {
    if (key === '$or' && Array.isArray(expected)) {
      return expected.some((alternative) => isObject(alternative) && matchesPattern(event, alternative));
    }
    const present = isObject(event) && Object.hasOwn(event, key);
    const value = present ? event[key] : undefined;
    if (Array.isArray(expected)) return matchesField(value, present, expected);
    return isObject(expected) && matchesPattern(value, expected);
  });
}
