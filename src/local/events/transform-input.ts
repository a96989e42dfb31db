import type { EventInput } from '../types.ts';

function valueAt(event: unknown, path: string): unknown {
  let value = event;
  for (const part of path.replace(/^\$\.?/, '').split('.')) {
    if (part === '') continue;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  return value;
}

/**
 * Applies an EventBridge input transformer to an event. `<name>` becomes the JSON value outside quotes, and its escaped
 * text inside quotes. A path without a value becomes an empty string.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 * @throws {Error} when the result is not JSON.
 */
export function transformInput(event: unknown, { InputPathsMap, InputTemplate }: EventInput): string {
  let quoted = false;
  const text = InputTemplate.replace(/\\.|"|<([^<>]{1,100})>/g, (match, name: string | undefined) => {
    if (match === '"') quoted = !quoted;
    const path = name === undefined ? undefined : InputPathsMap[name];
    if (path === undefined) return match;
    const value = valueAt(event, path) ?? '';
    const json = JSON.stringify(value);
    if (!quoted) return json;
    return typeof value === 'string' ? json.slice(1, -1) : JSON.stringify(json).slice(1, -1);
  });
  return JSON.stringify(JSON.parse(text));
}
