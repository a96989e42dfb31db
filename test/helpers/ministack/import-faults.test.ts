import { expect, test } from 'vitest';
import type { FrontCall } from './front-call.ts';
import { deniedImport, throttledImport, trackImports } from './import-faults.ts';

const call = (change: Partial<FrontCall> = {}): FrontCall => ({
  caller: 'stack-ingest',
  service: 'CodeArtifact',
  operation: 'DescribePackageVersion',
  repository: 'package-install',
  package: 'rich',
  version: '1.0',
  ...change,
});
const file = (change: Partial<FrontCall> = {}) => call({ service: 'CodeArtifact files', operation: 'file', ...change });

test('a release is hidden until its import has lasted as long as it should since the first download', () => {
  const clock = { now: 0 };
  const imports = trackImports(1000, () => clock.now);
  clock.now = 5000;
  expect(imports.fault(call())).toMatchObject({ status: 404 });
  imports.record(file());
  clock.now = 5999;
  imports.record(file());
  expect(imports.fault(call())).toMatchObject({ error: 'ResourceNotFoundException' });
  expect(imports.fault(call({ version: '2.0' }))).toMatchObject({ status: 404 });
  clock.now = 6000;
  expect(imports.fault(call())).toBeUndefined();
  expect([...imports.times]).toEqual([['rich==1.0', { at: 5000, until: 6000 }]]);
});

test('files, clients, other repositories and other projects are not affected by an import', () => {
  const imports = trackImports(0, () => 0);
  imports.delay('rich', 1000);
  expect(imports.fault(call())).toMatchObject({ status: 404 });
  for (const change of [
    { package: 'other' },
    { caller: 'client' },
    { repository: 'secure-pypi' },
    { service: 'CodeArtifact files' },
    { version: undefined },
  ]) {
    expect(imports.fault(call(change)), JSON.stringify(change)).toBeUndefined();
  }
});

test('a project is throttled a number of times, and denied until the fault is removed', () => {
  const throttled = throttledImport('rich', 2);
  expect([call(), call({ package: 'other' }), file(), call()].map((each) => throttled(each)?.status)).toEqual([
    429,
    undefined,
    429,
    undefined,
  ]);
  const denied = deniedImport('rich');
  expect([call(), call(), call({ repository: 'secure-pypi' })].map((each) => denied(each)?.error)).toEqual([
    'AccessDeniedException',
    'AccessDeniedException',
    undefined,
  ]);
});
