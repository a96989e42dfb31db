import { expect, test } from 'vitest';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { uploadCutoff } from '../../src/pip/root-options.ts';
import { parseUploadedPriorTo } from '../../src/pip/uploaded-prior-to.ts';
import { useTimeZone } from '../helpers/time-zone.ts';

useTimeZone('America/New_York');

const now = Date.parse('2026-06-10T10:59:30Z');

// The times are those of Python 3.13 with this time zone.
test.each([
  ['2026-01-01', '2026-01-01T05:00:00.000Z'],
  ['20260101', '2026-01-01T05:00:00.000Z'],
  ['2026-W01-4', '2026-01-01T05:00:00.000Z'],
  ['2026W014', '2026-01-01T05:00:00.000Z'],
  ['2026-W53-7', '2027-01-03T05:00:00.000Z'],
  ['2026-07-01T12:00:00', '2026-07-01T16:00:00.000Z'],
  ['2026-01-01 10:30', '2026-01-01T15:30:00.000Z'],
  ['2026-01-01T103059', '2026-01-01T15:30:59.000Z'],
  ['2026-01-01T10:30:59,5Z', '2026-01-01T10:30:59.500Z'],
  ['2026-01-01T10:30:59.123456+02:00', '2026-01-01T08:30:59.123Z'],
  ['2026-01-01T10:30-0530', '2026-01-01T16:00:00.000Z'],
  ['2026-03-08T02:30', '2026-03-08T07:30:00.000Z'],
])('`%s` is %s', (value, expected) => {
  expect(parseUploadedPriorTo(value, now)).toBe(expected);
});

test.each([
  '',
  'yesterday',
  '2026-02-30',
  '2026-13-01',
  '2026-1-1',
  '2026-01-01T',
  '2026-01-01T24:00',
  '2026-W54-1',
  'p3d',
  'P-3D',
  'P1W',
  '2026-01-01Z',
])('`%s`, which pip rejects, is no cut-off', (value) => {
  expect(parseUploadedPriorTo(value, now)).toBeUndefined();
});

test('days before now are rounded down to the hour, so that equal commands are equal requests', () => {
  expect(parseUploadedPriorTo('P3D', now)).toBe('2026-06-07T10:00:00.000Z');
  expect(parseUploadedPriorTo('P3D', now - 59 * 60_000)).toBe('2026-06-07T10:00:00.000Z');
  expect(parseUploadedPriorTo('P999999999D', now)).toBeUndefined();
});

test('the last option counts, and options before variables and configuration', () => {
  const argv = [
    'install',
    '--uploaded-prior-to',
    '2026-01-01T00:00:00Z',
    '--uploaded-prior-to=2026-02-01T00:00:00Z',
    'six',
  ];
  const option = (value: string) => ({
    options: [{ name: '--uploaded-prior-to', value, from: 'PIP_UPLOADED_PRIOR_TO' }],
  });
  const configured = option('2025-01-01T00:00:00Z');
  expect(uploadCutoff(parsePipArguments(argv), configured, now)).toEqual({ all: '2026-02-01T00:00:00.000Z' });
  const plain = parsePipArguments(['install', 'six']);
  expect(uploadCutoff(plain, configured, now)).toEqual({ all: '2025-01-01T00:00:00.000Z' });
  expect(uploadCutoff(plain, { options: [] }, now)).toBeUndefined();
});
