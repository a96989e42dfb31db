import { expect, test } from 'vitest';
import { requireHidden } from '../../src/doctor/build-checks.ts';

const hidden = { visible: [], processes: 2, outside: false, relay: true };

test('a sandbox that hides everything and reaches the relay holds', () => {
  expect(() => requireHidden(hidden)).not.toThrow();
});

test.each([
  [{ visible: ['/home/u/.aws', '/x'] }, '/home/u/.aws'],
  [{ processes: 3 }, 'other processes'],
  [{ outside: true, processes: 9 }, 'other processes and the network'],
  [{ relay: false }, 'did not reach the relay'],
])('what the probe reached is named: %j', (found, named) => {
  expect(() => requireHidden({ ...hidden, ...found })).toThrow(named);
});
