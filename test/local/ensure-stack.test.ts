import { describe, expect, it } from 'vitest';
import { chooseStackAction } from '../../src/local/lifecycle/ensure-stack.ts';

describe('chooseStackAction', () => {
  const client = { version: '1.2.0', fingerprint: 'mine' };
  const running = { ...client, draining: false };
  it.each([
    ['starts a stack when none runs', undefined, 'start'],
    ['uses a stack of the same version', running, 'use'],
    ['uses a newer stack', { ...running, version: '1.10.0' }, 'use'],
    ['replaces an older stack', { ...running, version: '1.1.9' }, 'replace'],
    ['replaces a stack with another configuration', { ...running, fingerprint: 'other' }, 'replace'],
    [
      'replaces a newer stack with another configuration',
      { ...running, version: '2.0.0', fingerprint: 'other' },
      'replace',
    ],
    ['waits for a stack that is stopping', { ...running, draining: true }, 'wait'],
  ])('%s', (_description, found, expected) => {
    expect(chooseStackAction(found, client)).toBe(expected);
  });
});
