import { expect, test } from 'vitest';
import { parsePipLog } from '../../src/installers/pip-log-text.ts';

const log = (...lines: string[]) => lines.map((line) => `2026-11-27T09:18:00,103 ${line}\n`).join('');

test('errors are those of the console, of nested pips too', () => {
  const text = log(
    'Using pip 26.3',
    '  Found link http://h/nope-1.0.tar.gz, version: 1.0',
    'ERROR: No matching distribution found for nope==1.2',
    '  ERROR: No matching distribution found for setuptools>=40.8.0',
    'pip._internal.exceptions.DistributionNotFound: No matching distribution found for other',
  );
  expect(parsePipLog(text).errors).toBe(
    'ERROR: No matching distribution found for nope==1.2\n  ERROR: No matching distribution found for setuptools>=40.8.0\n',
  );
});

test('the output of the last failed build is found, of each format of pip, and controls no terminal', () => {
  for (const end of [
    '  ERROR: [present-rich] Preparing metadata (pyproject.toml) exited with 3',
    '  ERROR: installing build dependencies exited with 1',
    'ERROR: Command errored out with exit status 1:',
  ]) {
    const text = log('  Running command a', '  fine', '  Running command b', '  no com\u0007piler', end, '  cwd: /');
    expect(parsePipLog(text).buildOutput).toBe('  no compiler\n');
  }
  expect(parsePipLog(log('  Running command a', '  fine')).buildOutput).toBe('');
});
