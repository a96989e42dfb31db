import { expect, test } from 'vitest';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { isSilent } from '../../src/pip/verbosity.ts';

test.each([
  ['install a', {}, false],
  ['install -q a', {}, false],
  ['install -qq a', {}, true],
  ['-q install --quiet a', {}, true],
  ['install -qqv a', {}, false],
  ['install a', { PIP_QUIET: '2' }, true],
  ['install -q a', { PIP_QUIET: '1' }, true],
  ['install -qq a', { PIP_VERBOSE: '1' }, false],
  ['install --isolated a', { PIP_QUIET: '2' }, false],
  ['install a', { PIP_QUIET: 'very' }, false],
])('%s %j', (line, variables, silent) => {
  expect(isSilent(parsePipArguments(line.split(' ')), variables)).toBe(silent);
});
