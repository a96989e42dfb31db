import { normaliseName } from '../../src/index/names.ts';
import type { TargetEnvironment } from '../../src/index/types.ts';
import { requestId } from '../../src/vetting/request-id.ts';
import type { ReleaseKey, RequestContent, RequestRecord, VettingRequest } from '../../src/vetting/types.ts';

export const environment: TargetEnvironment = {
  markers: { python_version: '3.12', python_full_version: '3.12.1', sys_platform: 'linux', os_name: 'posix' },
  implementation: 'cpython',
  platform: 'linux_x86_64',
  libc: { name: 'glibc', version: '2.35' },
};

/** Returns the content of a request for these roots, with plain options. */
export const requestContent = (...roots: string[]): RequestContent => ({
  roots,
  constraints: [],
  options: { pre: false, formatControl: { onlyBinary: [], noBinary: [] }, noDeps: false, upgrade: false },
  environment,
  requestedBy: 'dev@example.org',
});

export const requestFor = (attempt: number, ...roots: string[]): VettingRequest => {
  const content = requestContent(...roots);
  return { ...content, requestId: requestId(content), attempt };
};

/** Returns the release that `name==version` names. */
export const release = (text: string): ReleaseKey => {
  const [name = '', version = ''] = text.split('==');
  return { name: normaliseName(name), version };
};

export const recordOf = (change: Partial<RequestRecord> = {}): RequestRecord => ({
  requestId: 'a'.repeat(32),
  attempt: 1,
  execution: `${'a'.repeat(32)}-1`,
  status: 'CHECK',
  step: 'claim',
  counts: { releases: 0, secure: 0 },
  refusals: [],
  leaseUntil: 0,
  roots: ['demo'],
  requestedBy: 'dev@example.org',
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...change,
});
