import { expect, test } from 'vitest';
import { addedFindings, baselineOf, isAbsurdVersion } from '../../src/firewall/install-code/added-findings.ts';
import type { CodeFinding } from '../../src/firewall/install-code/code-finding.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile } from '../../src/index/types.ts';

const name = normaliseName('demo');
const file = (filename: string, uploadTime?: string): IndexFile => ({
  ...{ filename, url: `https://index.example/${filename}`, hashes: {}, yanked: false },
  ...(uploadTime === undefined ? {} : { uploadTime }),
});
const finding = (change: Partial<CodeFinding> = {}): CodeFinding => ({
  ...{ kind: 'startup', path: 'demo.pth', line: 1, seen: 'import demo' },
  ...change,
});
const inspected = (...findings: CodeFinding[]) => ({ filename: 'demo-1-py3-none-any.whl', findings });

test('only findings that the release before did not have count', () => {
  const before = inspected(finding());
  expect(addedFindings(inspected(finding({ line: 9, path: 'moved.pth' })), before)).toEqual([]);
  const first = finding({ kind: 'import-time', seen: 'exec(b64decode(x))' });
  expect(addedFindings(inspected(finding(), first), before)).toEqual([first]);
  expect(addedFindings(inspected(finding({ seen: 'import other' })), before)).toHaveLength(1);
});

test('kinds that are judged by themselves are not compared', () => {
  expect(addedFindings(inspected(finding({ kind: 'network' })), inspected())).toEqual([]);
});

const wheels = ['1.0', '1.5', '2.0'].map((version) => file(`demo-${version}-py3-none-any.whl`, '2026-01-01T00:00:00Z'));
const current = file('demo-2.0-py3-none-any.whl', '2026-11-01T00:00:00Z');

test('the newest older vetted release is the baseline, never a newer or unvetted one', () => {
  const baseline = (...vetted: string[]) => baselineOf(name, '2.0', current, { files: wheels, vetted })?.version;
  expect(baseline('1.0')).toBe('1.0');
  expect(baseline('1.0', '1.5', '2.0')).toBe('1.5');
});

test('without a vetted release one that was uploaded a month earlier is the baseline', () => {
  const files = [
    file('demo-1.0-py3-none-any.whl', '2026-09-01T00:00:00Z'),
    file('demo-1.9-py3-none-any.whl', '2026-10-25T00:00:00Z'),
    file('demo-1.8-py3-none-any.whl'),
  ];
  expect(baselineOf(name, '2.0', current, { files, vetted: [] })?.version).toBe('1.0');
  expect(baselineOf(name, '2.0', current, { files: files.slice(1), vetted: [] })).toBeUndefined();
});

test('the baseline is a file of the same kind, with the same tags if there is one', () => {
  const files = [
    file('demo-1.0.tar.gz'),
    file('demo-1.0-cp311-cp311-win_amd64.whl'),
    file('demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl'),
  ];
  const baseline = (filename: string) =>
    baselineOf(name, '2.0', file(filename), { files, vetted: ['1.0'] })?.file.filename;
  expect(baseline('demo-2.0-cp311-cp311-manylinux_2_17_x86_64.whl')).toBe(files[2]?.filename);
  expect(baseline('demo-2.0-py3-none-any.whl')).toBe(files[1]?.filename);
  expect(baseline('demo-2.0.tar.gz')).toBe(files[0]?.filename);
  expect(baselineOf(name, '2.0', current, { files: files.slice(0, 1), vetted: ['1.0'] })).toBeUndefined();
});

test.each([
  ['99.0', '1.2', true],
  ['999.9.9', '3.0', true],
  ['99.1', '99.0', false],
  ['9.0', '8.0', false],
  ['2026.1', '24.3', false],
  ['990.0', '1.0', false],
])('%s after %s is absurd: %s', (version, before, absurd) => {
  expect(isAbsurdVersion(version, before)).toBe(absurd);
});
