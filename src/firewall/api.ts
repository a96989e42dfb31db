import type { Firewall } from './types.ts';

/** The firewall over HTTP: `GET /package-check` and `GET /healthz`, for any server that speaks Request and Response. */
export function packageCheckApi(_firewall: Firewall): (request: Request) => Promise<Response> {
  return async () => new Response('not built yet', { status: 501 });
}
