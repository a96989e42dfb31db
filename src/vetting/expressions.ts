type Expression = {
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
};

/**
 * An update that sets every member of `change`; a member that is undefined is removed. Attribute names are all given
 * by reference, for many of them are reserved words of DynamoDB.
 */
export function updateOf(change: Readonly<Record<string, unknown>>): Expression {
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
    ExpressionAttributeValues: Object.fromEntries(set.map(([name, value]) => [`:${name}`, plain(value)])),
  };
}

/** A value without undefined members, which DynamoDB's marshaller refuses. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** `items` in runs of at most `size`. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
