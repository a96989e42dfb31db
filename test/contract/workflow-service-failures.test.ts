import {
  CopyPackageVersionsCommand,
  DeletePackageVersionsCommand,
  ListPackageVersionAssetsCommand,
  ListPackageVersionsCommand,
} from '@aws-sdk/client-codeartifact';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { executionName, requestId } from '../../src/vetting/request-id.ts';
import { lateImportRequest } from '../../src/workflow/event-request.ts';
import type { Fault, InterceptedCall, Reply } from '../helpers/aws/aws-gateway.ts';
import { type Deployed, startDeployed } from '../helpers/aws/deployed.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { stackNames, stateMachineArn } from '../helpers/stack-names.ts';
import { release, requestContent } from '../vetting/examples.ts';

let packageIndex: PackageIndex;
let system: Deployed;
beforeAll(async () => {
  packageIndex = await startPackageIndex();
  system = await startDeployed(packageIndex);
});
afterAll(async () => {
  await system.close();
  await packageIndex.close();
});
beforeEach(() => {
  system.gateway.faults.length = 0;
  Object.assign(system.clock, { skipWaits: true, skipClientWaits: false });
});

let published = 0;
/** Publishes a new project and returns its name. */
function fresh(): string {
  published += 1;
  const name = `project-${published}`;
  packageIndex.publish(name, '1.0', wheel({ name, version: '1.0' }));
  return name;
}

const awsDenies: Reply = {
  status: 403,
  error: 'AccessDeniedException',
  body: { message: 'not authorized to perform' },
};
const throttles: Reply = { status: 429, error: 'ThrottlingException', body: { message: 'Rate exceeded' } };
const onAction =
  (action: string, answer: (call: InterceptedCall) => Reply | undefined): Fault =>
  (call) =>
    call.action === action ? answer(call) : undefined;

const securedVersions = async (name: string) => {
  const target = { domain: stackNames.domain, repository: stackNames.secure, format: 'pypi', package: name } as const;
  try {
    const { versions } = await system.codeArtifact.send(new ListPackageVersionsCommand(target));
    return versions?.map(({ version }) => version);
  } catch {
    return [];
  }
};
const recordOf = (name: string) => system.store.readRelease(release(`${name}==1.0`), { consistent: true });

/** Checks that the vetting ends in ERROR with a matching cause, and that secure-pypi has no version. */
async function expectError(name: string, cause: RegExp) {
  const answer = await system.vet(name);
  expect(answer.kind).toBe('error');
  expect(answer.record.cause).toMatch(cause);
  expect(await recordOf(name)).toMatchObject({ status: 'ERROR', leaseUntil: 0 });
  expect((await recordOf(name))?.cause).toMatch(cause);
  expect(await securedVersions(name)).toEqual([]);
}

test('without failures the release becomes SECURE', async () => {
  const name = fresh();
  expect((await system.vet(name)).kind).toBe('secure');
  expect(await securedVersions(name)).toEqual(['1.0']);
});

test('a vetted release that somebody deleted from secure-pypi is copied again', async () => {
  const name = fresh();
  expect((await system.vet(name)).kind).toBe('secure');
  const target = { domain: stackNames.domain, repository: stackNames.secure, format: 'pypi', package: name } as const;
  await system.codeArtifact.send(new DeletePackageVersionsCommand({ ...target, versions: ['1.0'] }));
  expect(await securedVersions(name)).toEqual([]);
  expect((await system.vet(`${name}>=1`)).kind).toBe('secure');
  expect(await securedVersions(name)).toEqual(['1.0']);
});

describe('a copy that answers 200 with failures', () => {
  test.each(['NOT_ALLOWED', 'MISMATCHED_REVISION', 'MISMATCHED_STATUS', 'NOT_FOUND', 'SKIPPED'])(
    'with %s is an ERROR with that cause',
    async (errorCode) => {
      const failed = { failedVersions: { '1.0': { errorCode, errorMessage: 'the reason' } }, successfulVersions: {} };
      system.gateway.faults.push(onAction('codeartifact:CopyPackageVersions', () => ({ status: 200, body: failed })));
      await expectError(fresh(), new RegExp(`the reason \\(${errorCode}\\)`));
    },
  );

  test('without failures, but with no release in secure-pypi, is an ERROR', async () => {
    system.gateway.faults.push(onAction('codeartifact:CopyPackageVersions', () => ({ status: 200, body: {} })));
    await expectError(fresh(), /was copied but does not appear in secure-pypi/);
  });

  test('is retried by the next request', async () => {
    const name = fresh();
    const failed = { failedVersions: { '1.0': { errorCode: 'NOT_ALLOWED', errorMessage: 'not yet' } } };
    system.gateway.faults.push(onAction('codeartifact:CopyPackageVersions', () => ({ status: 200, body: failed })));
    await expectError(name, /not yet/);
    system.gateway.faults.length = 0;
    expect((await system.vet(name)).kind).toBe('secure');
  });
});

describe('ALREADY_EXISTS', () => {
  test('with a different file of the same name is on hold, and the existing file stays', async () => {
    const name = fresh();
    const target = { domain: stackNames.domain, format: 'pypi', package: name } as const;
    // The vetting fails after the copy: secure-pypi has the file, and the record is ERROR.
    let copied = false;
    system.gateway.faults.push(({ action }) => {
      copied ||= action === 'codeartifact:CopyPackageVersions';
      return copied && action === 'codeartifact:DescribePackageVersion' ? awsDenies : undefined;
    });
    expect((await system.vet(name)).kind).toBe('error');
    system.gateway.faults.length = 0;
    const before = await assetsOf(name);
    expect(before).toHaveLength(1);
    // Upstream now has a different file of the same name, and package-install no longer has the first one.
    packageIndex.remove(name);
    packageIndex.publish(name, '1.0', wheel({ name, version: '1.0', files: { 'other.py': '' } }));
    for (const repository of [stackNames.install, stackNames.store]) {
      await system.codeArtifact.send(new DeletePackageVersionsCommand({ ...target, repository, versions: ['1.0'] }));
    }
    const answer = await system.vet(name);
    expect(answer).toMatchObject({
      kind: 'refused',
      record: {
        refusals: [{ kind: 'HELD', reasons: [{ text: expect.stringContaining('has another sha256 than upstream') }] }],
      },
    });
    expect(await recordOf(name)).toMatchObject({ status: 'HELD', leaseUntil: 0 });
    expect(await assetsOf(name)).toEqual(before);
  });

  test('with the same file is a success', async () => {
    const name = fresh();
    system.gateway.faults.push(copyFirst(name));
    expect((await system.vet(name)).kind).toBe('secure');
    expect(await securedVersions(name)).toEqual(['1.0']);
  });

  /** Copies the release just before the workflow does. */
  function copyFirst(name: string): Fault {
    const copies: Promise<unknown>[] = [];
    return onAction('codeartifact:CopyPackageVersions', ({ caller, body }) => {
      if (caller === 'Test' || copies.length > 0) return undefined;
      const versionRevisions = body.versionRevisions as Record<string, string>;
      const [sourceRepository, destinationRepository] = [stackNames.install, stackNames.secure];
      const target = { domain: stackNames.domain, sourceRepository, destinationRepository, format: 'pypi' } as const;
      const copy = new CopyPackageVersionsCommand({ ...target, package: name, versionRevisions });
      copies.push(system.codeArtifact.send(copy));
      return undefined;
    });
  }

  async function assetsOf(name: string): Promise<readonly string[]> {
    const target = { domain: stackNames.domain, repository: stackNames.secure, format: 'pypi', package: name } as const;
    const command = new ListPackageVersionAssetsCommand({ ...target, packageVersion: '1.0' });
    return ((await system.codeArtifact.send(command)).assets ?? []).map(({ hashes }) => hashes?.['SHA-256'] ?? '');
  }
});

describe('an import that CodeArtifact shows late', () => {
  const hidden = (until: number): Fault => {
    const missing = { message: 'not there yet', resourceType: 'package-version', resourceId: 'x' };
    return (call) =>
      call.action === 'codeartifact:DescribePackageVersion' &&
      call.resource.includes('/package-install/') &&
      Date.now() + system.clock.ahead < until
        ? { status: 404, error: 'ResourceNotFoundException', body: missing }
        : undefined;
  };

  test('after three minutes becomes SECURE', async () => {
    const name = fresh();
    const startedAt = Date.now() + system.clock.ahead;
    system.gateway.faults.push(hidden(startedAt + 180_000));
    expect((await system.vet(name)).kind).toBe('secure');
    expect(Date.now() + system.clock.ahead - startedAt).toBeGreaterThan(180_000);
    expect(await securedVersions(name)).toEqual(['1.0']);
  });

  test('or never ends in ERROR with the time waited, and its event leads to a new request', async () => {
    system.gateway.faults.push(hidden(Number.POSITIVE_INFINITY));
    const name = fresh();
    await expectError(name, /has not finished importing project-\d+ 1\.0 after \d+ seconds/);
    expect(await requestAfterImport(name)).toMatchObject({ roots: [`${name}==1.0`] });
  });

  test('in its index ends in ERROR, and its event leads to a new request', async () => {
    const missing: Reply = { status: 404, error: 'ResourceNotFoundException', body: { message: 'not there yet' } };
    system.gateway.faults.push(
      onAction('codeartifact:ReadFromRepository', ({ resource }) =>
        resource.endsWith('/package-install') ? missing : undefined,
      ),
    );
    const name = fresh();
    await expectError(name, /CodeArtifact does not list project-\d+ 1\.0/);
    expect(await requestAfterImport(name)).toMatchObject({ roots: [`${name}==1.0`] });
  });

  const requestAfterImport = (name: string) =>
    lateImportRequest({ package: name, version: '1.0' }, { store: system.store, now: Date.now });
});

describe('a permission that is missing during a vetting', () => {
  test.each([
    ['codeartifact:GetAuthorizationToken', /denied GetAuthorizationToken/],
    ['codeartifact:ReadFromRepository', /403/],
    ['codeartifact:CopyPackageVersions', /denied CopyPackageVersions/],
    ['codeartifact:ListPackageVersionAssets', /denied ListPackageVersionAssets/],
  ])('%s: ERROR with the denied action', async (action, cause) => {
    system.clock.ahead += 13 * 3_600_000; // The tokens have expired.
    system.gateway.faults.push(onAction(action, ({ caller }) => (caller === 'Test' ? undefined : awsDenies)));
    await expectError(fresh(), cause);
  });

  test.each(['dynamodb:UpdateItem', 'dynamodb:BatchGetItem'])(
    '%s, for the Copy task: ERROR without a remaining lease',
    async (action) => {
      const name = fresh();
      const denied = { ...awsDenies, status: 400 };
      system.gateway.faults.push(onAction(action, ({ caller }) => (caller === 'Copy' ? denied : undefined)));
      const answer = await system.vet(name);
      expect(answer.kind).toBe('error');
      expect(await recordOf(name)).toMatchObject({ status: 'ERROR', leaseUntil: 0 });
    },
  );
});

describe('quotas', () => {
  test('temporary throttling is retried', async () => {
    let remaining = 3;
    system.gateway.faults.push(
      onAction('codeartifact:CopyPackageVersions', () => {
        remaining -= 1;
        return remaining >= 0 ? throttles : undefined;
      }),
    );
    expect((await system.vet(fresh())).kind).toBe('secure');
    expect(remaining).toBeLessThan(0);
  });

  test('lasting throttling ends in ERROR with that cause', async () => {
    system.gateway.faults.push(onAction('codeartifact:CopyPackageVersions', () => throttles));
    await expectError(fresh(), /throttles requests/);
  });

  test('a quota of the account ends in ERROR with that cause', async () => {
    const full: Reply = { status: 402, error: 'ServiceQuotaExceededException', body: { message: 'limit reached' } };
    system.gateway.faults.push(onAction('codeartifact:CopyPackageVersions', () => full));
    await expectError(fresh(), /throttles requests|limit reached|quota/i);
  });
});

test('an execution name that already exists with another input leads to the next attempt', async () => {
  const name = fresh();
  const first = executionName({ requestId: requestId(requestContent(name)), attempt: 1 });
  await system.sfn.send(new StartExecutionCommand({ stateMachineArn, name: first, input: '{"unknown":"member"}' }));
  system.clock.skipClientWaits = true;
  const answer = await system.vet(name);
  expect(answer.kind).toBe('secure');
  expect(answer.record.attempt).toBe(2);
});
