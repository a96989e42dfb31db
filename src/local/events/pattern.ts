/** One condition of an EventBridge pattern: a value, or an object that says how to compare. */
type Condition = unknown;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function startsWith(value: unknown, prefix: unknown): boolean {
  if (isObject(prefix)) return startsWith(lower(value), lower(prefix['equals-ignore-case']));
  return typeof value === 'string' && typeof prefix === 'string' && value.startsWith(prefix);
}

function endsWith(value: unknown, suffix: unknown): boolean {
  if (isObject(suffix)) return endsWith(lower(value), lower(suffix['equals-ignore-case']));
  return typeof value === 'string' && typeof suffix === 'string' && value.endsWith(suffix);
}

const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** `anything-but`: values, a list of them, or prefixes, suffixes and the like, none of which may match. */
function isNoneOf(value: unknown, refused: unknown): boolean {
  if (isObject(refused)) {
    return Object.entries(refused).every(([kind, texts]) =>
      list(texts).every((text) => !meetsNamed(value, kind, text)),
    );
  }
  return !list(refused).includes(value);
}

function meetsNamed(value: unknown, kind: string, wanted: unknown): boolean {
  switch (kind) {
    case 'prefix':
      return startsWith(value, wanted);
    case 'suffix':
      return endsWith(value, wanted);
    case 'equals-ignore-case':
      return typeof value === 'string' && lower(value) === lower(wanted);
    case 'anything-but':
      return isNoneOf(value, wanted);
    default:
      throw new Error(`the event pattern's \`${kind}\` is not imitated`);
  }
}

function meets(value: unknown, condition: Condition): boolean {
  if (!isObject(condition)) return value === condition;
  return Object.entries(condition).every(([kind, wanted]) => meetsNamed(value, kind, wanted));
}

/** Conditions of one field are alternatives; a field that is a list needs one value that meets one of them. */
function matchesField(value: unknown, present: boolean, conditions: readonly Condition[]): boolean {
  return conditions.some((condition) => {
    if (isObject(condition) && 'exists' in condition) {
      return condition.exists === (present && !isObject(value));
    }
    return present && list(value).some((one) => meets(one, condition));
  });
}

/**
 * Whether an event matches an EventBridge pattern: exact values, `prefix`, `suffix`, `equals-ignore-case`, `exists`
 * and `anything-but`, and `$or`.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
 * @throws {Error} for a comparison that is not imitated: a rule that means something else here than on AWS is worse.
 */
export function matchesPattern(event: unknown, pattern: object): boolean {
  return Object.entries(pattern).every(([key, wanted]: [string, unknown]) => {
    if (key === '$or' && Array.isArray(wanted)) {
      return wanted.some((one) => isObject(one) && matchesPattern(event, one));
    }
    const present = isObject(event) && Object.hasOwn(event, key);
    const value = present ? event[key] : undefined;
    if (Array.isArray(wanted)) return matchesField(value, present, wanted);
    return isObject(wanted) && matchesPattern(value, wanted);
  });
}
