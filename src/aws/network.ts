import type { NetworkSettings } from '../index/types.ts';
import type { Variables } from './profile.ts';

/** Network settings per URL scheme: the AWS CLI uses `https_proxy` for https and `http_proxy` for http. */
export type AwsNetwork = { readonly http: NetworkSettings; readonly https: NetworkSettings };

/** Seconds without data until a connection is closed. The SDK then retries. */
const timeoutSeconds = 20;

/**
 * Reads the network settings that the AWS CLI supports and the SDK does not. The CA file is the first of
 * `AWS_CA_BUNDLE`, the profile's `ca_bundle` and `REQUESTS_CA_BUNDLE`. Lower-case proxy variables take precedence, and
 * an empty one means no proxy.
 *
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html
 */
export function awsNetwork(environment: Variables, profile: Variables): AwsNetwork {
  const noProxy = environment.no_proxy ?? environment.NO_PROXY;
  const caFile = [environment.AWS_CA_BUNDLE, profile.ca_bundle, environment.REQUESTS_CA_BUNDLE].find(Boolean);
  const withProxy = (proxy: string | undefined): NetworkSettings => ({
    ...(proxy && { proxy }),
    ...(noProxy && { noProxy }),
    ...(caFile && { caFile }),
    trustedHosts: [],
    timeoutSeconds,
  });
  // In a CGI script, `HTTP_PROXY` holds the client's `Proxy` header and must be ignored (https://httpoxy.org).
  const upperCaseProxy = environment.REQUEST_METHOD === undefined ? environment.HTTP_PROXY : undefined;
  return {
    http: withProxy(environment.http_proxy ?? upperCaseProxy),
    https: withProxy(environment.https_proxy ?? environment.HTTPS_PROXY),
  };
}
