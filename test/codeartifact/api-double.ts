import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { listen } from '../relay/repository-double.ts';

type Call = { readonly query: URLSearchParams; readonly body: Record<string, unknown> };
export type Reply = { readonly status?: number; readonly error?: string; readonly body?: unknown };
/** Replies by method and path, such as `GET /v1/package/version`. A call without an entry is answered 501. */
export type Answers = Record<string, (call: Call) => Reply>;

/** Starts a double of CodeArtifact's REST API with the given replies, and a client for it. */
export async function startApi(answers: Answers) {
  const calls: { readonly route: string; readonly call: Call }[] = [];
  const server = await listen((request, response) => {
    const url = new URL(request.url ?? '', 'http://api');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const call = { query: url.searchParams, body: text === '' ? {} : JSON.parse(text) };
      const route = `${request.method} ${url.pathname}`;
      calls.push({ route, call });
      const { status = 200, error, body = {} } = answers[route]?.(call) ?? { status: 501, error: 'NoSuchAnswer' };
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
      });
      response.end(JSON.stringify(body));
    });
  });
  const client = new CodeartifactClient({
    endpoint: server.origin,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  return {
    answers,
    calls,
    client,
    callsOf: (route: string) => calls.filter((recorded) => recorded.route === route).map(({ call }) => call),
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
}

export const routes = {
  token: 'POST /v1/authorization-token',
  endpoint: 'GET /v1/repository/endpoint',
  describe: 'GET /v1/package/version',
  assets: 'POST /v1/package/version/assets',
  copy: 'POST /v1/package/versions/copy',
} as const;

export const notFound: Reply = {
  status: 404,
  error: 'ResourceNotFoundException',
  body: { message: 'no such version', resourceType: 'package-version', resourceId: 'x' },
};

/** Returns the reply of ListPackageVersionAssets for the given digests by file name. */
export function assetsReply(revision: string, sha256: Readonly<Record<string, string>>): Reply {
  const assets = Object.entries(sha256).map(([name, digest]) => ({ name, size: 1, hashes: { 'SHA-256': digest } }));
  return { body: { format: 'pypi', package: 'alpha', version: '1.0', versionRevision: revision, assets } };
}

export function describeReply(status: string, revision: string): Reply {
  return { body: { packageVersion: { format: 'pypi', packageName: 'alpha', version: '1.0', status, revision } } };
}
