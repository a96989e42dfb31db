type Expression = {
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
};

/**
 * Returns an update that sets every member of `change` and removes those that are undefined. It refers to all
 * attributes by placeholder, because many of the names are reserved words of DynamoDB.
 */
export function updateExpression(change: Readonly<Record<string, unknown>>): Expression {
  const entries = Object.entries(change);
  const names = Object.fromEntries(entries.map(([name]) => [`#${name}`, name]));
  const set = entries.filter(([, value]) => value !== undefined);
  const removed = entries.filter(([, value]) => value === undefined);
  return {
    UpdateExpression: [
      set.length === 0 ? '' : `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      removed.length === 0 ? '' : `REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}`,
    ]
      .filter((part) => part !== '')
      .join(' '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: Object.fromEntries(set.map(([name, value]) => [`:${name}`, withoutUndefined(value)])),
  };
}

/** Returns a copy without undefined members, which DynamoDB's marshaller rejects. */
export function withoutUndefined<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Splits `items` into arrays of at most `size`. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
