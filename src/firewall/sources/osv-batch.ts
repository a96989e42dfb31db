import { type Answer, askWeb, type NoAnswer } from './ask-web.ts';
import { asList, asObject } from './json.ts';
import type { SourceSettings } from './types.ts';

/** One question, as `/v1/query` takes it. */
export type OsvQuery = {
  readonly version: string;
  readonly package: { readonly name: string; readonly ecosystem: 'PyPI' };
};

type Waiting = { readonly query: OsvQuery; readonly tell: (answer: Answer | NoAnswer | undefined) => void };

/** How long a question waits for company. */
const together = 10;
const max = 500;
const nothing: Answer = { kind: 'answered', status: 200, json: {} };

/**
 * Questions that come within a few milliseconds go out as one (https://google.github.io/osv.dev/post-v1-querybatch/).
 * The answer tells which versions have any advisory: for those, and for a question alone, it is undefined, and they are
 * asked in full.
 */
export function osvBatch(settings: SourceSettings): (query: OsvQuery) => Promise<Answer | NoAnswer | undefined> {
  let waiting: Waiting[] = [];
  const send = async (asked: readonly Waiting[]): Promise<void> => {
    const answers = asked.length < 2 ? [] : await askBatch(asked, settings);
    for (const [index, { tell }] of asked.entries()) tell(answers[index]);
  };
  return (query) =>
    new Promise((tell) => {
      waiting.push({ query, tell });
      const flush = (): void => {
        const asked = waiting;
        waiting = [];
        void send(asked);
      };
      if (waiting.length >= max) flush();
      else if (waiting.length === 1) setTimeout(flush, together);
    });
}

async function askBatch(
  asked: readonly Waiting[],
  settings: SourceSettings,
): Promise<readonly (Answer | NoAnswer | undefined)[]> {
  const answer = await askWeb({
    url: `${settings.addresses.osv}/v1/querybatch`,
    body: { queries: asked.map(({ query }) => query) },
    cap: 33_554_432,
    limit: settings.timeLimit ?? 5_000,
    settings,
  });
  if (answer.kind !== 'answered') return asked.map(() => answer);
  const results = asList(asObject(answer.json)?.results).map(asObject);
  // What is no answer to each question is an answer to none: they are asked one by one.
  if (answer.status !== 200 || results.length !== asked.length) return [];
  return results.map((result) => (result !== undefined && hasNone(result) ? nothing : undefined));
}

function hasNone({ vulns, next_page_token: next }: Readonly<Record<string, unknown>>): boolean {
  return next === undefined && (vulns === undefined || (Array.isArray(vulns) && vulns.length === 0));
}
