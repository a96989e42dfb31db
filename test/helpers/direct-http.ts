import { openHttp } from '../../src/index/http.ts';

/** The HTTP client with direct connections and no proxy. */
export const directHttp = openHttp({ trustedHosts: [], timeoutSeconds: 15 });
