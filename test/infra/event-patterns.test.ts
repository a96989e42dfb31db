import { expect, test } from 'vitest';
import { importedPattern } from '../../src/infra/constructs/events.ts';
import { readOptions } from '../../src/infra/options.ts';
import { matchesPattern } from '../../src/local/events/matches-pattern.ts';
import { eventPattern } from '../../src/workflow/definition.ts';

const missing = eventPattern({ domain: 'awspip', repository: 'secure-pypi' });
const imported = importedPattern(readOptions({}));

/** As CodeArtifact's guide shows a package manager's read, with the project that was not there. */
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
  ["plain pip's miss", read, true],
  ['a read that succeeded', without('errorCode'), false],
  ['a read of someone who may not read', altered({ errorCode: 'AccessDenied' }), false],
  ['the same in its other name', altered({ errorCode: 'AccessDeniedException' }), false],
  ['an error of a name that nobody has seen yet', altered({ errorCode: 'NotFound' }), true],
  ['what awspip itself asks', altered({ userAgent: 'awspip/0.1.0' }), false],
  ['an ingest of the workflow that met a miss', altered({}, { repositoryName: 'package-install' }), false],
  ['another domain', altered({}, { domainName: 'awspip2' }), false],
  ['another package format', altered({}, { packageFormat: 'npm' }), false],
  ['another action', altered({ eventName: 'GetPackageVersionAsset' }), false],
  ['another service that says it is this one', { ...read, source: 'custom.codeartifact' }, false],
  ['another detail type', { ...read, 'detail-type': 'CodeArtifact Package Version State Change' }, false],
  ['no user agent at all', without('userAgent'), false],
  ['a user agent that only contains ours', altered({ userAgent: 'pip/26.0 awspip/0.1.0' }), true],
  ['a name that tries to be more', altered({}, { packageName: 'x","userAgent":"y' }), true],
  ['requestParameters that are no object', { ...read, detail: { ...read.detail, requestParameters: null } }, false],
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
  ['an import that is done', {}, true],
  ['an import that gained files', { operationType: 'Updated' }, true],
  ['a release that was deleted', { operationType: 'Deleted', packageVersionState: 'Deleted' }, false],
  ['a release that was archived', { operationType: 'Updated', packageVersionState: 'Archived' }, false],
  ['a copy into secure-pypi', { repositoryName: 'secure-pypi' }, false],
])('the import rule: %s', (_, change, expected) => {
  expect(matchesPattern({ ...published, detail: { ...published.detail, ...change } }, imported)).toBe(expected);
});
