import { expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { normaliseName } from '../../src/index/names.ts';
import { recordedMetadata } from '../../src/vetting/recorded-metadata.ts';

const name = normaliseName('demo');

test.each([
  ['aws-denied', 1],
  ['credentials-missing', 1],
  ['aws-absent', 1],
  ['aws-unavailable', 2],
  ['aws-throttled', 2],
])('records that cannot be read offer nothing, and are asked again only if that may help: %s', async (code, asked) => {
  let calls = 0;
  const { digests, text } = recordedMetadata(async () => {
    calls += 1;
    throw new AwspipError(code, 'no records', { exit: 'denied' });
  });
  expect(await digests(name)).toEqual(new Map());
  expect(await text(name, 'f'.repeat(64))).toBeUndefined();
  expect(calls).toBe(asked);
});
