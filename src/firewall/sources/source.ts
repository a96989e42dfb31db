import type { Signal } from '../types.ts';
import { answerCache, type Kept } from './answer-cache.ts';
import { type Answer, askWeb, type NoAnswer } from './ask-web.ts';
import { circuit } from './circuit.ts';
import { type Pace, pacer } from './pace.ts';
import type { SourceSettings } from './types.ts';

/** One question to a source. */
export type Question<T> = {
  /** What the answer is kept under. */
  readonly key: string;
  /** Path and query, after the base address. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Asked in place of the web first: an answer that came with others, or undefined when there is none. */
  readonly instead?: (() => Promise<Answer | NoAnswer | undefined>) | undefined;
  /** Reads an answer that is no refusal; throws nothing: what makes no sense is a `why`. */
  readonly read: (answer: Answer) => Reading<T>;
};

/** What an answer says, or why it says nothing: words that follow the source's name. */
type Reading<T> = { readonly value: T; readonly note?: string | undefined } | { readonly why: string };

type SourceOptions = {
  /** As people read it: `pypistats`. */
  readonly name: string;
  readonly baseUrl: string;
  readonly settings: SourceSettings;
  /** Milliseconds an answer holds. */
  readonly lifetime: number;
  /** Most bytes of an answer. */
  readonly cap: number;
  /** Answers kept in this process, or their weight. */
  readonly cacheSize: number;
  readonly weigh?: ((value: unknown) => number) | undefined;
  /** How often it may be asked. */
  readonly pace?: readonly Pace[] | undefined;
};

const failureRest = 60_000;

/** A source that is asked once per key at a time, kept, bounded, and skipped for a minute after it failed to connect. */
export function openSource(options: SourceOptions): <T>(question: Question<T>) => Promise<Signal<T>> {
  const { name, baseUrl, settings } = options;
  const { now } = settings;
  const { lifetime, cacheSize: size, weigh } = options;
  const cache = answerCache({ lifetime, size, weigh, now, store: settings.store });
  const breaker = circuit(now);
  const paced = pacer(options.pace ?? [], settings);
  const underway = new Map<string, Promise<Signal<unknown>>>();
  const unknown = <T>(why: string): Signal<T> => ({ known: false, source: name, fetchedAt: iso(now()), why });

  const webRequest = ({ path, body, headers }: Question<unknown>) => ({
    url: `${baseUrl}${path}`,
    body,
    headers,
    cap: options.cap,
    limit: settings.timeLimit ?? 5_000,
  });

  async function askNow<T>(question: Question<T>): Promise<Signal<T>> {
    if (breaker.open() === undefined && !(await paced()))
      return unknown('is asked no faster than it wishes: too many wait');
    const before = breaker.open();
    if (before !== undefined) return unknown(before);
    const answer = (await question.instead?.()) ?? (await askWeb({ ...webRequest(question), settings }));
    if (answer.kind === 'failed') {
      if (answer.rest) breaker.skip(now() + failureRest, answer.why);
      return unknown(answer.why);
    }
    if (answer.kind === 'limited') {
      breaker.skip(now() + answer.restFor, 'asks us to wait: its rate limit is reached');
      return unknown('asks us to wait: its rate limit is reached');
    }
    const reading = readSafely(question, answer);
    if ('why' in reading) return unknown(reading.why);
    const kept = { value: reading.value, fetchedAt: now(), note: reading.note };
    await cache.put(question.key, kept);
    return known(name, kept);
  }

  async function fromCacheOrWeb<T>(question: Question<T>): Promise<Signal<T>> {
    const kept = await cache.get(question.key);
    return kept === undefined ? askNow(question) : known(name, kept);
  }

  return <T>(question: Question<T>): Promise<Signal<T>> => {
    if (baseUrl === '') return Promise.resolve(unknown('is switched off'));
    const already = underway.get(question.key);
    if (already !== undefined) return already as Promise<Signal<T>>;
    const asked = fromCacheOrWeb(question).finally(() => underway.delete(question.key));
    underway.set(question.key, asked);
    return asked;
  };
}

function known<T>(source: string, { value, fetchedAt, note }: Kept): Signal<T> {
  return { known: true, value: value as T, source, fetchedAt: iso(fetchedAt), note };
}

/** A reader that trips over a hostile answer has read nothing. */
function readSafely<T>(question: Question<T>, answer: Answer): Reading<T> {
  try {
    return question.read(answer);
  } catch {
    return { why: 'answered something that cannot be read' };
  }
}

const iso = (time: number): string => new Date(time).toISOString();
