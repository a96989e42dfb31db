import { expect, test } from 'vitest';
import { importedPattern } from '../../src/infra/constructs/events.ts';
import { readOptions } from '../../src/infra/options.ts';
import { matchesPattern } from '../../src/local/events/matches-pattern.ts';
import { eventPattern } from '../../src/workflow/definition.ts';

const missing = eventPattern({ domain: 'awspip', repository: 'secure-pypi' });
const imported = importedPattern(readOptions({}));

/** A package manager's read of a missing project, as in CodeArtifact's guide. */
const read = {
  source: 'aws.codeartifact',
  'detail-type': 'AWS API Call via CloudTrail',
  detail: {
    eventVersion: '1.08',
    eventSource: 'codeartifact.amazonaws.com',
    eventName: 'ReadFromRepository',
    eventType: 'AwsApiCall',
    readOnly: true,
    errorCode: 'ResourceNotFoundException',
    userAgent: 'pip/26.0 {"ci":null}',
    requestParameters: {
      domainName: 'awspip',
      domainOwner: '123456789012',
      repositoryName: 'secure-pypi',
      packageName: 'requests',
      packageFormat: 'pypi',
    },
    additionalEventData: { httpMethod: 'GET', requestUri: '/pypi/simple/requests/' },
    responseElements: null,
  },
};

const altered = (change: Record<string, unknown>, parameters: Record<string, unknown> = {}) => ({
  ...read,
  detail: { ...read.detail, ...change, requestParameters: { ...read.detail.requestParameters, ...parameters } },
});
const without = (key: string) => ({ ...read, detail: { ...read.detail, [key]: undefined } });

test.each<[string, object, boolean]>([
  ['a 404 of plain pip', read, true],
  ['a successful read', without('errorCode'), false],
  ['a read without permission', altered({ errorCode: 'AccessDenied' }), false],
  ['a read without permission, by the other error name', altered({ errorCode: 'AccessDeniedException' }), false],
  ['an unknown error name', altered({ errorCode: 'NotFound' }), true],
  ["awspip's own request", altered({ userAgent: 'awspip/0.1.0' }), false],
  ["a 404 during the workflow's ingest", altered({}, { repositoryName: 'package-install' }), false],
  ['another domain', altered({}, { domainName: 'awspip2' }), false],
  ['another package format', altered({}, { packageFormat: 'npm' }), false],
  ['another action', altered({ eventName: 'GetPackageVersionAsset' }), false],
  ['a custom event source', { ...read, source: 'custom.codeartifact' }, false],
  ['another detail type', { ...read, 'detail-type': 'CodeArtifact Package Version State Change' }, false],
  ['no user agent', without('userAgent'), false],
  ["a user agent that contains awspip's later on", altered({ userAgent: 'pip/26.0 awspip/0.1.0' }), true],
  ['a name with JSON syntax', altered({}, { packageName: 'x","userAgent":"y' }), true],
  ['requestParameters that are not an object', { ...read, detail: { ...read.detail, requestParameters: null } }, false],
])('the 404 rule: %s', (_, event, expected) => {
  expect(matchesPattern(JSON.parse(JSON.stringify(event)), missing)).toBe(expected);
});

const published = {
  source: 'aws.codeartifact',
  'detail-type': 'CodeArtifact Package Version State Change',
  detail: {
    domainName: 'awspip',
    domainOwner: '123456789012',
    repositoryName: 'package-install',
    packageFormat: 'pypi',
    packageNamespace: null,
    packageName: 'requests',
    packageVersion: '2.32.3',
    packageVersionState: 'Published',
    packageVersionRevision: '0E5DE26A4CD79FDF3EBC4924FFFFFFFF',
    operationType: 'Created',
    sequenceNumber: 1,
  },
};

test.each<[string, object, boolean]>([
  ['a finished import', {}, true],
  ['an import with new files', { operationType: 'Updated' }, true],
  ['a deleted release', { operationType: 'Deleted', packageVersionState: 'Deleted' }, false],
  ['an archived release', { operationType: 'Updated', packageVersionState: 'Archived' }, false],
  ['a copy into secure-pypi', { repositoryName: 'secure-pypi' }, false],
])('the import rule: %s', (_, change, expected) => {
  expect(matchesPattern({ ...published, detail: { ...published.detail, ...change } }, imported)).toBe(expected);
});
