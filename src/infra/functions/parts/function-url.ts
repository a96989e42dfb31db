/** The members of a function URL's event (payload format 2.0) that a GET request needs. */
export type FunctionUrlEvent = {
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly requestContext?: { readonly http?: { readonly method?: string } };
};

export type FunctionUrlResponse = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/**
 * Handles a function URL's event with a handler of web requests. Any failure becomes a 500, so that no response looks
 * like a package without findings.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
export async function answerFunctionUrl(
  event: FunctionUrlEvent,
  handle: (request: Request) => Promise<Response>,
): Promise<FunctionUrlResponse> {
  try {
    const { rawPath = '/', rawQueryString = '', requestContext } = event;
    const url = new URL(`https://function.invalid${rawPath.startsWith('/') ? rawPath : `/${rawPath}`}`);
    url.search = rawQueryString;
    const response = await handle(new Request(url, { method: requestContext?.http?.method ?? 'GET' }));
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ failed: error instanceof Error ? error.message : 'error' })}\n`);
    const body = JSON.stringify({ error: 'the firewall failed; it has no verdict on this package' });
    return { statusCode: 500, headers: { 'content-type': 'application/json' }, body };
  }
}
