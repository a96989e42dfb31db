import path from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { matchesPattern } from '../../src/local/events/matches-pattern.ts';
import { eventPattern } from '../../src/workflow/definition.ts';
import { type MotoPython, motoPython } from '../helpers/aws/moto.ts';

const script = path.resolve(import.meta.dirname, '../helpers/aws/matchers.py');
const pattern = eventPattern({ domain: 'main', repository: 'secure-pypi' });
const { errorCode: _, userAgent: __, ...exact } = pattern.detail;
const plain = { ...pattern, detail: exact };
const pip = 'pip/24.0 {"installer":{"name":"pip","version":"24.0"},"python":"3.12.1"}';

type Event = Record<string, unknown>;

/** As CodeArtifact's guide shows a read, with the error that CloudTrail writes for a call that failed. */
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
  ['plain pip meets a 404', cloudTrail(), true],
  ['another error code', cloudTrail({ errorCode: 'PackageNotFound' }), true],
  ['a refusal', cloudTrail({ errorCode: 'AccessDeniedException' }), false],
  ['uv, poetry, a browser', cloudTrail({ userAgent: 'uv/0.9' }), true],
  ['a read that succeeded', without('errorCode'), false],
  ['what awspip itself asks', cloudTrail({ userAgent: 'awspip/1.2.3' }), false],
  ['the workflow’s own read of package-install', cloudTrail({}, { repositoryName: 'package-install' }), false],
  ['another domain', cloudTrail({}, { domainName: 'other' }), false],
  ['npm', cloudTrail({}, { packageFormat: 'npm' }), false],
  ['another call', cloudTrail({ eventName: 'GetRepositoryEndpoint' }), false],
  ['an upload', cloudTrail({ eventName: 'PublishPackageVersion' }), false],
  ['another service', cloudTrail({ eventSource: 's3.amazonaws.com' }), false],
  [
    'CodeArtifact’s own event about a version',
    cloudTrail({}, {}, { 'detail-type': 'CodeArtifact Package Version State Change' }),
    false,
  ],
  ['a custom event that calls itself CodeArtifact', cloudTrail({}, {}, { source: 'custom.codeartifact' }), false],
];

const hostile: readonly (readonly [string, Event, boolean])[] = [
  ['awspip’s name further on in the agent', cloudTrail({ userAgent: 'pip/24.0 awspip/1.0' }), true],
  ['awspip’s name in other letters', cloudTrail({ userAgent: 'AWSPIP/1.0' }), true],
  ['a name that only begins like awspip', cloudTrail({ userAgent: 'awspipe/1.0' }), true],
  ['an empty agent', cloudTrail({ userAgent: '' }), true],
  ['no agent', without('userAgent'), false],
  ['an empty error code', cloudTrail({ errorCode: '' }), true],
  ['a repository that only begins like ours', cloudTrail({}, { repositoryName: 'secure-pypi-2' }), false],
  ['a repository in capitals', cloudTrail({}, { repositoryName: 'Secure-PyPI' }), false],
  ['a wildcard for a repository', cloudTrail({}, { repositoryName: '*' }), false],
  ['no parameters', cloudTrail({ requestParameters: null }), false],
  ['no detail', { ...cloudTrail(), detail: {} }, false],
  ['a shell in the name', cloudTrail({}, { packageName: '$(reboot);"\'\\' }), true],
  ['a name of ten thousand letters', cloudTrail({}, { packageName: 'x'.repeat(10_000) }), true],
  [
    'names that Python’s and JavaScript’s objects hold',
    cloudTrail({}, { packageName: '__proto__', constructor: '1' }),
    true,
  ],
];

let strangers: MotoPython;
beforeAll(async () => {
  strangers = await motoPython();
}, 300_000);

async function strangersSay(events: readonly Event[]): Promise<{ ruler: boolean; moto: boolean }[]> {
  if (!('python' in strangers)) throw new Error(strangers.why);
  const { stdout } = await execa(strangers.python, [script], { input: JSON.stringify({ pattern, plain, events }) });
  return JSON.parse(stdout);
}

describe.each([
  ['documented', documented],
  ['hostile', hostile],
])('%s events', (_kind, events) => {
  test.each(events)('%s', (_what, event, expected) => {
    expect(matchesPattern(event, pattern)).toBe(expected);
  });

  test('are matched alike by two strangers', async ({ skip }) => {
    if (!('python' in strangers)) return skip(strangers.why);
    const said = await strangersSay(events.map(([, event]) => event));
    const told = events.map(([what], at) => [what, said[at]]);
    const expected = events.map(([what, event, moto]) => [what, { moto, ruler: matchesPattern(event, plain) }]);
    expect(told).toEqual(expected);
  });
});

test('whatever differs in the fields that count, all matchers agree', async ({ skip }) => {
  if (!('python' in strangers)) return skip(strangers.why);
  const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('main', 'secure-pypi', 'pypi', 'awspip/1', pip));
  const mostly = (right: string) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: text });
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
  const ours = events.map((event) => matchesPattern(event, pattern));
  const said = await strangersSay(events);
  const rulers = events.map((event) => matchesPattern(event, plain));
  expect(ours.map((moto, at) => ({ moto, ruler: rulers[at] }))).toEqual(said);
  expect(new Set(ours).size).toBe(2);
});
