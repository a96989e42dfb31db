import { expect, test } from 'vitest';
import { failureOfResponse } from '../../src/relay/relay-failure.ts';

const failureOf = (reason?: string) => failureOfResponse({ status: 503, headers: {} }, 'http://host/simple/x/', reason);

test('the command that a repository advises becomes the hint of its failure', () => {
  expect(failureOf('`/x.json` is damaged; run `awspip local repair`, which moves damaged parts aside')).toMatchObject({
    cause: 'the repository at `host` failed (503): `/x.json` is damaged',
    hint: 'run `awspip local repair`, which moves damaged parts aside',
  });
});

test('other words of a repository stay as they are', () => {
  expect(failureOf('busy; try later')).toMatchObject({
    cause: 'the repository at `host` failed (503): busy; try later',
  });
  expect(failureOf()?.hint).toBeUndefined();
});
