import type { Scope } from './values.ts';

/** What Python code does, where, and the expression that shows it. */
export type CodeEvent = {
  readonly kind:
    | 'network'
    | 'connects'
    | 'runs'
    | 'shell'
    | 'program'
    | 'hidden'
    | 'opaque'
    | 'writes'
    | 'persists'
    | 'environment'
    | 'text';
  readonly path: string;
  readonly line: number;
  readonly seen: string;
  /** What the event concerns: a path that is written, or the text of a literal. */
  readonly detail?: string | undefined;
};

const maxEvents = 5_000;

/** Collects the events of the last pass, when all values are known. */
export class EventLog {
  /** Whether the values are final, so that events are reported. */
  isReporting = false;
  readonly #events = new Map<string, CodeEvent>();
  /** The offsets at which lines start, by source. */
  readonly #lineStarts = new Map<string, readonly number[]>();

  /** Adds an event, unless the same is known of this line. */
  report(kind: CodeEvent['kind'], scope: Scope, at: number, seen: string, detail?: string): void {
    if (!this.isReporting || this.#events.size >= maxEvents) return;
    const { path } = scope;
    const line = scope.line ?? this.lineOf(scope, at);
    const key = `${kind}:${path}:${line}:${kind === 'text' || kind === 'writes' ? detail : ''}`;
    if (!this.#events.has(key)) this.#events.set(key, { kind, path, line, seen: seen.slice(0, 400), detail });
  }

  /** Returns the line of an offset in the source of a scope, from 1. */
  lineOf({ source }: Scope, at: number): number {
    const starts = this.#startsOf(source);
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #startsOf(source: string): readonly number[] {
    const known = this.#lineStarts.get(source);
    if (known !== undefined) return known;
    const starts = [0];
    for (let next = source.indexOf('\n'); next !== -1; next = source.indexOf('\n', next + 1)) starts.push(next + 1);
    this.#lineStarts.set(source, starts);
    return starts;
  }

  /** Returns the events in the order in which they were found. */
  get events(): readonly CodeEvent[] {
    return [...this.#events.values()];
  }
}
