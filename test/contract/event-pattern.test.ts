import path from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { matchesPattern } from '../../src/local/events/matches-pattern.ts';
import { eventPattern } from '../../src/workflow/definition.ts';
import { motoPython } from '../helpers/aws/moto.ts';
import type { PreparedPython } from '../helpers/aws/prepared-python.ts';

const script = path.resolve(import.meta.dirname, '../helpers/aws/matchers.py');
const pattern = eventPattern({ domain: 'main', repository: 'secure-pypi' });
const { errorCode: _, userAgent: __, ...exact } = pattern.detail;
const plain = { ...pattern, detail: exact };
const pip = 'pip/24.0 {"installer":{"name":"pip","version":"24.0"},"python":"3.12.1"}';

type Event = Record<string, unknown>;

/** A failed read as in CodeArtifact's guide, with the error that CloudTrail records. */
function cloudTrail(detail: Event = {}, requestParameters: Event = {}, envelope: Event = {}): Event {
  return {
    version: '0',
    id: '6f87d04b-9f74-4f04-a780-7acf4b0a9b38',
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.codeartifact',
    account: '111122223333',
    time: '2026-01-01T00:00:00Z',
    region: 'eu-west-1',
    resources: [],
    detail: {
      eventVersion: '1.08',
      userIdentity: { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/dev/me' },
      eventSource: 'codeartifact.amazonaws.com',
      eventName: 'ReadFromRepository',
      awsRegion: 'eu-west-1',
      sourceIPAddress: '198.51.100.1',
      userAgent: pip,
      errorCode: 'ResourceNotFoundException',
      errorMessage: 'Package not found',
      requestParameters: {
        domainName: 'main',
        domainOwner: '111122223333',
        repositoryName: 'secure-pypi',
        packageFormat: 'pypi',
        packageName: 'requests',
        ...requestParameters,
      },
      responseElements: null,
      additionalEventData: { httpMethod: 'GET', requestUri: '/pypi/secure-pypi/simple/requests/' },
      readOnly: true,
      eventType: 'AwsApiCall',
      managementEvent: true,
      ...detail,
    },
    ...envelope,
  };
}

const without = (key: string): Event => {
  const { [key]: _, ...detail } = cloudTrail().detail as Event;
  return { ...cloudTrail(), detail };
};

const documented: readonly (readonly [string, Event, boolean])[] = [
  ['a 404 of plain pip', cloudTrail(), true],
  ['another error code', cloudTrail({ errorCode: 'PackageNotFound' }), true],
  ['a denied read', cloudTrail({ errorCode: 'AccessDeniedException' }), false],
  ['a request of uv', cloudTrail({ userAgent: 'uv/0.9' }), true],
  ['a successful read', without('errorCode'), false],
  ['a request of awspip', cloudTrail({ userAgent: 'awspip/1.2.3' }), false],
  ['a read of package-install by the workflow', cloudTrail({}, { repositoryName: 'package-install' }), false],
  ['another domain', cloudTrail({}, { domainName: 'other' }), false],
  ['npm', cloudTrail({}, { packageFormat: 'npm' }), false],
  ['another call', cloudTrail({ eventName: 'GetRepositoryEndpoint' }), false],
  ['an upload', cloudTrail({ eventName: 'PublishPackageVersion' }), false],
  ['another service', cloudTrail({ eventSource: 's3.amazonaws.com' }), false],
  [
    'CodeArtifact’s event about a version',
    cloudTrail({}, {}, { 'detail-type': 'CodeArtifact Package Version State Change' }),
    false,
  ],
  ['a custom event source', cloudTrail({}, {}, { source: 'custom.codeartifact' }), false],
];

const hostile: readonly (readonly [string, Event, boolean])[] = [
  ['awspip’s name later in the user agent', cloudTrail({ userAgent: 'pip/24.0 awspip/1.0' }), true],
  ['awspip’s name in capitals', cloudTrail({ userAgent: 'AWSPIP/1.0' }), true],
  ['a user agent that starts with awspip’s name', cloudTrail({ userAgent: 'awspipe/1.0' }), true],
  ['an empty user agent', cloudTrail({ userAgent: '' }), true],
  ['no user agent', without('userAgent'), false],
  ['an empty error code', cloudTrail({ errorCode: '' }), true],
  ['a repository whose name starts with secure-pypi', cloudTrail({}, { repositoryName: 'secure-pypi-2' }), false],
  ['a repository in capitals', cloudTrail({}, { repositoryName: 'Secure-PyPI' }), false],
  ['a wildcard as repository', cloudTrail({}, { repositoryName: '*' }), false],
  ['no parameters', cloudTrail({ requestParameters: null }), false],
  ['no detail', { ...cloudTrail(), detail: {} }, false],
  ['a shell command as name', cloudTrail({}, { packageName: '$(reboot);"\'\\' }), true],
  ['a name of ten thousand letters', cloudTrail({}, { packageName: 'x'.repeat(10_000) }), true],
  ['names of built-in members', cloudTrail({}, { packageName: '__proto__', constructor: '1' }), true],
];

let motoRuntime: PreparedPython;
beforeAll(async () => {
  motoRuntime = await motoPython();
}, 300_000);

/** Returns the results of event_ruler and moto for each event. */
async function otherMatchers(events: readonly Event[]): Promise<{ ruler: boolean; moto: boolean }[]> {
  if (!('python' in motoRuntime)) throw new Error(motoRuntime.why);
  const { stdout } = await execa(motoRuntime.python, [script], { input: JSON.stringify({ pattern, plain, events }) });
  return JSON.parse(stdout);
}

describe.each([
  ['documented', documented],
  ['hostile', hostile],
])('%s events', (_kind, events) => {
  test.each(events)('%s', (_name, event, expected) => {
    expect(matchesPattern(event, pattern)).toBe(expected);
  });

  test('have the same result with two other matchers', async ({ skip }) => {
    if (!('python' in motoRuntime)) return skip(motoRuntime.why);
    const results = await otherMatchers(events.map(([, event]) => event));
    const expected = events.map(([name, event, moto]) => [name, { moto, ruler: matchesPattern(event, plain) }]);
    expect(events.map(([name], at) => [name, results[at]])).toEqual(expected);
  });
});

test('all matchers agree for random values in the matched fields', async ({ skip }) => {
  if (!('python' in motoRuntime)) return skip(motoRuntime.why);
  const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('main', 'secure-pypi', 'pypi', 'awspip/1', pip));
  const mostly = (matching: string) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(matching) }, { weight: 1, arbitrary: text });
  const fields = {
    userAgent: text,
    errorCode: fc.oneof(text, fc.constantFrom('AccessDenied', 'AccessDeniedException')),
    repositoryName: mostly('secure-pypi'),
    domainName: mostly('main'),
    packageFormat: mostly('pypi'),
    source: mostly('aws.codeartifact'),
  };
  const arbitrary = fc
    .record(fields, { requiredKeys: [] })
    .map(({ userAgent, errorCode, source, ...parameters }) =>
      cloudTrail(
        { ...(userAgent !== undefined && { userAgent }), ...(errorCode !== undefined && { errorCode }) },
        parameters,
        source === undefined ? {} : { source },
      ),
    );
  const events = fc.sample(arbitrary, { numRuns: 500, seed: 1 });
  const matches = events.map((event) => matchesPattern(event, pattern));
  const plainMatches = events.map((event) => matchesPattern(event, plain));
  const expected = matches.map((moto, at) => ({ moto, ruler: plainMatches[at] }));
  expect(expected).toEqual(await otherMatchers(events));
  expect(new Set(matches).size).toBe(2);
});
