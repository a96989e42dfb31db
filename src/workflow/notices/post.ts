/** The part of `fetch` that the channels of notices use. */
export type Post = (
  url: string,
  init: { method: 'POST'; headers: Record<string, string>; body: string; redirect: 'error'; signal: AbortSignal },
) => Promise<{ readonly status: number }>;
