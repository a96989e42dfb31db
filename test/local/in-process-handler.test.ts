import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { dynamoClient } from '../../src/aws/clients.ts';
import { authority } from '../../src/local/authority.ts';
import type { HttpRequest, HttpResponse } from '../../src/local/http.ts';
import { accessKeySigner, inProcessHandler } from '../../src/local/in-process-handler.ts';
import { Secret } from '../../src/secret.ts';

const secret = new Secret('AWSPIPSECRET');

/** Sends a call of the SDK to services that answer with `body`. */
async function call(body: NonNullable<HttpResponse['body']>) {
  const requests: HttpRequest[] = [];
  const client = await dynamoClient({
    ...{ region: 'us-east-1', endpoint: 'http://127.0.0.1:1' },
    credentials: { accessKeyId: secret.reveal(), secretAccessKey: 'local' },
    requestHandler: inProcessHandler(async (request) => {
      requests.push(request);
      return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
    }),
    signer: accessKeySigner(secret.reveal()),
  });
  const answer = await client.send(new ListTablesCommand({ Limit: 3 }));
  return { answer, request: requests[0] };
}

async function* parts() {
  yield Buffer.from('{"TableNames":');
  yield Buffer.from('["a"]}');
}

test.each([
  ['a text', '{"TableNames":["a"]}'],
  ['bytes', Buffer.from('{"TableNames":["a"]}')],
  ['a stream', parts()],
])('the SDK reads an answer that is %s', async (_, body) => {
  expect((await call(body)).answer.TableNames).toEqual(['a']);
});

test('a call is authorized by the access key, and has the body and the target of the operation', async () => {
  const { request } = await call('{}');
  expect(authority(secret).isSigned(request?.headers.authorization)).toBe(true);
  expect(authority(new Secret('OTHER')).isSigned(request?.headers.authorization)).toBe(false);
  expect(request?.headers['x-amz-target']).toBe('DynamoDB_20120810.ListTables');
  expect(JSON.parse(String(await request?.body()))).toEqual({ Limit: 3 });
});
