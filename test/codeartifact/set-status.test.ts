import type { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { expect, test } from 'vitest';
import { setStatus } from '../../src/codeartifact/set-status.ts';
import { normaliseName } from '../../src/index/names.ts';

type Failures = Readonly<Record<string, { readonly errorCode: string; readonly errorMessage: string }>>;

function location(failedVersions: Failures = {}) {
  const inputs: Record<string, unknown>[] = [];
  const send = async ({ input }: { readonly input: Record<string, unknown> }) => {
    inputs.push(input);
    return { failedVersions };
  };
  const client = { send } as unknown as CodeartifactClient;
  return { inputs, repository: { client, domain: 'team', repository: 'secure-pypi' } };
}
const name = normaliseName('demo');
const failures: Failures = {
  '1.0': { errorCode: 'MISMATCHED_STATUS', errorMessage: 'the status is Archived' },
  '2.0': { errorCode: 'NOT_FOUND', errorMessage: 'no such version' },
};

test('archiving deletes nothing; what is archived already counts, and what is missing has its reason', async () => {
  const { inputs, repository } = location(failures);
  expect(await setStatus(repository, name, ['1.0', '2.0', '3.0'], 'Archived')).toEqual({
    changed: ['1.0', '3.0'],
    failed: { '2.0': 'NOT_FOUND: no such version' },
  });
  expect(inputs).toMatchObject([{ package: 'demo', format: 'pypi', targetStatus: 'Archived' }]);
});

test('restoring publishes archived versions only', async () => {
  const { inputs, repository } = location(failures);
  expect(await setStatus(repository, name, ['1.0', '2.0', '3.0'], 'Published')).toEqual({
    changed: ['3.0'],
    failed: {},
  });
  expect(inputs).toMatchObject([{ expectedStatus: 'Archived', targetStatus: 'Published' }]);
});

test('more versions than one call takes need several', async () => {
  const { inputs, repository } = location();
  const versions = Array.from({ length: 101 }, (_, at) => `1.${at}`);
  expect((await setStatus(repository, name, versions, 'Archived')).changed).toEqual(versions);
  expect(inputs.map((input) => (input.versions as string[]).length)).toEqual([100, 1]);
});
