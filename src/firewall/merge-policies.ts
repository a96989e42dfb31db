type Values = Readonly<Record<string, unknown>>;

/** Lists of choices, which replace those of the extended policy. */
const choices = new Set([
  'gates.installCode.ranked',
  'gates.installCode.unranked',
  'notify.on',
  'observe.gates',
  'observe.names',
]);

/**
 * Returns a policy file with the values of the policy that it extends: lists are appended, objects merged, and other
 * values replaced. A gate that the file names is enabled unless it says otherwise.
 */
export function mergePolicies(base: Values, file: Values): Values {
  const { extends: _, ...own } = withGates(file);
  return merge(withGates(base), own, []);
}

/** Returns a policy with its gates as an object. */
function withGates(policy: Values): Values {
  return Array.isArray(policy.gates) ? { ...policy, gates: { own: policy.gates } } : policy;
}

function merge(base: Values, own: Values, path: readonly string[]): Values {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    merged[key] = mergeValue(before, value, [...path, key]);
  }
  return merged;
}

function mergeValue(base: unknown, own: unknown, path: readonly string[]): unknown {
  if (Array.isArray(base) && Array.isArray(own)) return choices.has(path.join('.')) ? own : [...base, ...own];
  if (!isObject(base) || !isObject(own)) return own;
  const isGate = path.length === 2 && path[0] === 'gates' && 'enabled' in base;
  return merge(base, isGate ? { enabled: true, ...own } : own, path);
}

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
