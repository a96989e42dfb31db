/** What a function URL hands over (payload format 2.0), as far as a GET needs it. */
export type UrlEvent = {
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly requestContext?: { readonly http?: { readonly method?: string } };
};

export type UrlAnswer = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/**
 * Answers a function URL with a handler of web requests. Whatever goes wrong is a 500 that says nothing is known: never
 * an answer that looks fine.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
export async function answerUrl(event: UrlEvent, handle: (request: Request) => Promise<Response>): Promise<UrlAnswer> {
  try {
    const { rawPath = '/', rawQueryString = '', requestContext } = event;
    const url = new URL(`https://function.invalid${rawPath.startsWith('/') ? rawPath : `/${rawPath}`}`);
    url.search = rawQueryString;
    const answer = await handle(new Request(url, { method: requestContext?.http?.method ?? 'GET' }));
    return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ failed: error instanceof Error ? error.message : 'error' })}\n`);
    const body = JSON.stringify({ error: 'the firewall failed to decide; nothing is known of this package' });
    return { statusCode: 500, headers: { 'content-type': 'application/json' }, body };
  }
}
