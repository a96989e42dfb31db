import { asList, asObject, type JsonObject } from './json.ts';
import { type JsonResponse, type RequestFailure, requestJson } from './request-json.ts';
import type { SourceSettings } from './types.ts';

/** The request body of `/v1/query`. */
type OsvQuery = {
  readonly version: string;
  readonly package: { readonly name: string; readonly ecosystem: 'PyPI' };
};

type BatchResult = JsonResponse | RequestFailure | undefined;
type PendingQuery = { readonly query: OsvQuery; readonly resolve: (result: BatchResult) => void };

/** Milliseconds in which queries are collected for one batch. */
const collectionTime = 10;
const maxQueries = 500;
const noAdvisories: JsonResponse = { kind: 'response', status: 200, json: {} };

/**
 * Combines queries within a few milliseconds into one batch (https://google.github.io/osv.dev/post-v1-querybatch/). A batch
 * only shows which versions have advisories. For those, and for a single query, the result is undefined and the caller
 * must send the query to `/v1/query`.
 */
export function osvBatch(settings: SourceSettings): (query: OsvQuery) => Promise<BatchResult> {
  let pending: PendingQuery[] = [];
  const send = async (queries: readonly PendingQuery[]): Promise<void> => {
    const results = queries.length < 2 ? [] : await requestBatch(queries, settings);
    for (const [index, { resolve }] of queries.entries()) resolve(results[index]);
  };
  return (query) =>
    new Promise((resolve) => {
      pending.push({ query, resolve });
      const flush = (): void => {
        const queries = pending;
        pending = [];
        void send(queries);
      };
      if (pending.length >= maxQueries) flush();
      else if (pending.length === 1) setTimeout(flush, collectionTime);
    });
}

async function requestBatch(
  queries: readonly PendingQuery[],
  settings: SourceSettings,
): Promise<readonly BatchResult[]> {
  const response = await requestJson({
    url: `${settings.addresses.osv}/v1/querybatch`,
    body: { queries: queries.map(({ query }) => query) },
    maxBytes: 33_554_432,
    timeLimit: settings.timeLimit ?? 5_000,
    settings,
  });
  if (response.kind !== 'response') return queries.map(() => response);
  const results = asList(asObject(response.json)?.results).map(asObject);
  // Results that do not match the queries cannot be assigned, so each query is sent separately.
  if (response.status !== 200 || results.length !== queries.length) return [];
  return results.map((result) => (result !== undefined && hasNoAdvisories(result) ? noAdvisories : undefined));
}

/**
 * Checks whether an object is OSV's answer to a query. OSV answers `{}` if it has no advisory, so an object with other
 * fields comes from another service and must not count as "no advisory".
 */
export function isAdvisoryList(answer: JsonObject): boolean {
  const { vulns, next_page_token: _, ...others } = answer;
  return Array.isArray(vulns) || (vulns === undefined && Object.keys(others).length === 0);
}

function hasNoAdvisories(answer: JsonObject): boolean {
  return isAdvisoryList(answer) && answer.next_page_token === undefined && asList(answer.vulns).length === 0;
}
