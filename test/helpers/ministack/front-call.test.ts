import { expect, test } from 'vitest';
import { readCall } from './front-call.ts';

const signed = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host`,
});
const read = (method: string, path: string, headers = {}, body = '') =>
  readCall('caller', { method, url: new URL(path, 'http://front'), headers }, body);

test.each([
  ['DynamoDB', 'Query', read('POST', '/', { ...signed('dynamodb'), 'x-amz-target': 'DynamoDB_20120810.Query' })],
  [
    'Step Functions',
    'StartExecution',
    read('POST', '/', { ...signed('states'), 'x-amz-target': 'AWSStepFunctions.StartExecution' }),
  ],
  ['S3', 'GET', read('GET', '/bucket/policy.json', signed('s3'))],
  ['STS', 'GetCallerIdentity', read('POST', '/', signed('sts'), 'Action=GetCallerIdentity&Version=2011-06-15')],
])('the credential scope says that a call is of %s', (service, operation, call) => {
  expect(call).toEqual({ caller: 'caller', service, operation });
});

test('a call of CodeArtifact has its release, a copy also its source', () => {
  const query = 'domain=d&format=pypi&package=rich&version=1.0';
  expect(read('GET', `/v1/package/version?${query}&repository=r`, signed('codeartifact'))).toMatchObject({
    ...{
      service: 'CodeArtifact',
      operation: 'DescribePackageVersion',
      repository: 'r',
      package: 'rich',
      version: '1.0',
    },
  });
  expect(
    read(
      'POST',
      `/v1/package/versions/copy?${query}&source-repository=a&destination-repository=b`,
      signed('codeartifact'),
    ),
  ).toMatchObject({ operation: 'CopyPackageVersions', repository: 'a' });
});

test('a page, a file and an upload of a repository differ, and the version is decoded', () => {
  const folder = '/pypi/d/domain-000000000000/secure-pypi/simple/rich/';
  expect(read('GET', folder)).toMatchObject({ service: 'CodeArtifact files', operation: 'page', package: 'rich' });
  expect(read('POST', '/pypi/d/domain-000000000000/secure-pypi/')).toMatchObject({ operation: 'upload' });
  expect(read('GET', `${folder}1.0%2Blocal/rich-1.0.tar.gz`)).toMatchObject({
    ...{ operation: 'file', repository: 'secure-pypi', package: 'rich', version: '1.0+local' },
  });
});
