import { expect, test } from 'vitest';
import {
  configuredExcludeNewer,
  excludeNewerOf,
  parseExcludeNewer,
  uploadCutoffOf,
} from '../../src/installers/exclude-newer.ts';
import { readUvRequest } from '../../src/installers/read-uv-request.ts';
import { useTimeZone } from '../helpers/time-zone.ts';

useTimeZone('America/New_York');

const now = Date.parse('2026-06-10T10:59:30Z');

// The times are those that uv 0.13 writes to uv.lock with this time zone.
test.each([
  ['2020-01-01', '2020-01-02T05:00:00.000Z'],
  ['20200101', '2020-01-02T05:00:00.000Z'],
  ['2020-01-01T00:00:00', '2020-01-02T05:00:00.000Z'],
  ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00.000Z'],
  ['2020-01-01 00:00:00+02:00', '2019-12-31T22:00:00.000Z'],
])('`%s` is %s', (text, expected) => {
  expect(parseExcludeNewer(text, now)).toBe(expected);
});

test.each([
  ['1 week', '2026-06-03T10:00:00.000Z'],
  ['P1W', '2026-06-03T10:00:00.000Z'],
  ['7 days', '2026-06-03T10:00:00.000Z'],
  ['1w, 2d 3h', '2026-06-01T07:00:00.000Z'],
  ['P1W2DT3H', '2026-06-01T07:00:00.000Z'],
  ['24 hours', '2026-06-09T10:00:00.000Z'],
  ['PT36H', '2026-06-08T22:00:00.000Z'],
  ['1hr 5min', '2026-06-10T09:00:00.000Z'],
])('`%s` before now, rounded down to the hour, is %s', (text, expected) => {
  expect(parseExcludeNewer(text, now)).toBe(expected);
});

test.each(['', 'P', '1 month', '1 year', '1.5 days', '3600', '2020-13-01', 'yesterday', `${'1d '.repeat(1_000)}x`])(
  '`%s`, which uv rejects, is no cut-off',
  (text) => {
    expect(parseExcludeNewer(text, now)).toBeUndefined();
  },
);

test('the command line precedes the variable, and both precede files', () => {
  const time = (year: number) => `${year}-01-01T00:00:00Z`;
  const file = configuredExcludeNewer(
    `[tool.uv]\nexclude-newer = "${time(2021)}"\n[tool.uv.exclude-newer-package]\nIDNA = "${time(2022)}"\nsix = false\n`,
    'pyproject.toml',
    { isPip: false },
  );
  const options = (...args: string[]) => readUvRequest(['pip', 'install', 'x', ...args], '/work').excludeNewer ?? [];
  const cutoff = (args: string[], variable?: string) =>
    uploadCutoffOf([excludeNewerOf(options(...args), variable), ...(file === undefined ? [] : [file])], now);
  const projects = { idna: '2022-01-01T00:00:00.000Z', six: null };
  expect(cutoff([])).toEqual({ all: '2021-01-01T00:00:00.000Z', projects });
  expect(cutoff([], time(2023))).toEqual({ all: '2023-01-01T00:00:00.000Z', projects });
  const typed = ['--exclude-newer', time(2024), '--exclude-newer-package=six=2025-01-01T00:00:00Z'];
  expect(cutoff(typed, time(2023))).toEqual({
    all: '2024-01-01T00:00:00.000Z',
    projects: { ...projects, six: '2025-01-01T00:00:00.000Z' },
  });
});

test('uv.toml, and the table of `uv pip`, are read; damaged files are not', () => {
  const text = 'exclude-newer = "P1W"\n[pip]\nexclude-newer = "P2W"\n';
  expect(configuredExcludeNewer(text, 'uv.toml', { isPip: false })).toMatchObject({ all: 'P1W' });
  expect(configuredExcludeNewer(text, 'uv.toml', { isPip: true })).toMatchObject({ all: 'P2W' });
  expect(configuredExcludeNewer('[', 'uv.toml', { isPip: true })).toBeUndefined();
  expect(configuredExcludeNewer('[project]\n', 'pyproject.toml', { isPip: true })).toBeUndefined();
});

test('without any cut-off there is none, so the request stays the same', () => {
  expect(uploadCutoffOf([excludeNewerOf([], undefined)], now)).toBeUndefined();
  expect(
    uploadCutoffOf([excludeNewerOf([{ name: '--exclude-newer-package', value: 'six=false' }], '')], now),
  ).toBeUndefined();
});
