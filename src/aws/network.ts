import type { NetworkSettings } from '../index/types.ts';
import type { Variables } from './profile.ts';

/** How the AWS API is reached, by scheme: the AWS CLI takes `https_proxy` for https and `http_proxy` for http. */
export type AwsNetwork = { readonly http: NetworkSettings; readonly https: NetworkSettings };

/** Seconds until a silent connection is given up; the SDK then tries again. */
const patience = 20;

/**
 * What the AWS CLI reads and the SDK does not: `AWS_CA_BUNDLE`, else the profile's `ca_bundle`, else
 * `REQUESTS_CA_BUNDLE`; the proxy variables, small letters first, an empty one meaning none.
 *
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html
 */
export function awsNetwork(environment: Variables, profile: Variables): AwsNetwork {
  const noProxy = environment.no_proxy ?? environment.NO_PROXY;
  const caFile = [environment.AWS_CA_BUNDLE, profile.ca_bundle, environment.REQUESTS_CA_BUNDLE].find(Boolean);
  const through = (proxy: string | undefined): NetworkSettings => ({
    ...(proxy && { proxy }),
    ...(noProxy && { noProxy }),
    ...(caFile && { caFile }),
    trustedHosts: [],
    timeoutSeconds: patience,
  });
  // Inside a CGI script `HTTP_PROXY` is a header that a stranger sent (https://httpoxy.org).
  const loud = environment.REQUEST_METHOD === undefined ? environment.HTTP_PROXY : undefined;
  return {
    http: through(environment.http_proxy ?? loud),
    https: through(environment.https_proxy ?? environment.HTTPS_PROXY),
  };
}
