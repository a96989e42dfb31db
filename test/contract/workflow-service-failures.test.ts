import {
  CopyPackageVersionsCommand,
  DeletePackageVersionsCommand,
  ListPackageVersionAssetsCommand,
  ListPackageVersionsCommand,
} from '@aws-sdk/client-codeartifact';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stackNames, stateMachineArn } from '../../src/local/names.ts';
import { executionName, requestId } from '../../src/vetting/request-id.ts';
import { type Deployed, startDeployed } from '../helpers/aws/deployed.ts';
import type { Fault, Passing, Reply } from '../helpers/aws/front.ts';
import { wheel } from '../helpers/distributions.ts';
import { startWorld, type World } from '../helpers/package-index.ts';
import { askFor, release } from '../vetting/examples.ts';

let world: World;
let system: Deployed;
beforeAll(async () => {
  world = await startWorld();
  system = await startDeployed(world);
});
afterAll(async () => {
  await system.close();
  await world.close();
});
beforeEach(() => {
  system.front.faults.length = 0;
  Object.assign(system.clock, { leap: true, askersToo: false });
});

let made = 0;
/** A project that nobody vetted yet. */
function fresh(): string {
  made += 1;
  const name = `project-${made}`;
  world.publish(name, '1.0', wheel({ name, version: '1.0' }));
  return name;
}

const awsDenies: Reply = {
  status: 403,
  error: 'AccessDeniedException',
  body: { message: 'not authorized to perform' },
};
const throttles: Reply = { status: 429, error: 'ThrottlingException', body: { message: 'Rate exceeded' } };
const on =
  (action: string, answer: (call: Passing) => Reply | undefined): Fault =>
  (call) =>
    call.action === action ? answer(call) : undefined;

const secured = async (name: string) => {
  const where = { domain: stackNames.domain, repository: stackNames.secure, format: 'pypi', package: name } as const;
  try {
    return (await system.codeArtifact.send(new ListPackageVersionsCommand(where))).versions?.map((one) => one.version);
  } catch {
    return [];
  }
};
const recordOf = (name: string) => system.store.readRelease(release(`${name}==1.0`), { consistent: true });

/** Ended in ERROR with a cause that says so much, and nothing entered. */
async function expectError(name: string, cause: RegExp) {
  const answer = await system.ask(name);
  expect(answer.kind).toBe('error');
  expect(answer.record.cause).toMatch(cause);
  expect(await recordOf(name)).toMatchObject({ status: 'ERROR', leaseUntil: 0 });
  expect((await recordOf(name))?.cause).toMatch(cause);
  expect(await secured(name)).toEqual([]);
}

test('on a good day the release becomes SECURE', async () => {
  const name = fresh();
  expect((await system.ask(name)).kind).toBe('secure');
  expect(await secured(name)).toEqual(['1.0']);
});

describe('a copy that answers 200 with failures', () => {
  test.each(['NOT_ALLOWED', 'MISMATCHED_REVISION', 'MISMATCHED_STATUS', 'NOT_FOUND', 'SKIPPED'])(
    '%s is an ERROR with that cause',
    async (errorCode) => {
      const failed = { failedVersions: { '1.0': { errorCode, errorMessage: 'so it is' } }, successfulVersions: {} };
      system.front.faults.push(on('codeartifact:CopyPackageVersions', () => ({ status: 200, body: failed })));
      await expectError(fresh(), new RegExp(`so it is \\(${errorCode}\\)`));
    },
  );

  test('an answer that claims success while nothing is there is an ERROR, too', async () => {
    system.front.faults.push(on('codeartifact:CopyPackageVersions', () => ({ status: 200, body: {} })));
    await expectError(fresh(), /was copied but does not appear in secure-pypi/);
  });

  test('the next request tries again, and succeeds once AWS does', async () => {
    const name = fresh();
    const failed = { failedVersions: { '1.0': { errorCode: 'NOT_ALLOWED', errorMessage: 'not yet' } } };
    system.front.faults.push(on('codeartifact:CopyPackageVersions', () => ({ status: 200, body: failed })));
    await expectError(name, /not yet/);
    system.front.faults.length = 0;
    expect((await system.ask(name)).kind).toBe('secure');
  });
});

describe('ALREADY_EXISTS', () => {
  test('with other bytes under a file’s name is an ERROR, and what was there stays', async () => {
    const name = fresh();
    const where = { domain: stackNames.domain, format: 'pypi', package: name } as const;
    // A vetting that breaks off between copying and its end: the bytes are in, the record says ERROR.
    let copied = false;
    system.front.faults.push(({ action }) => {
      copied ||= action === 'codeartifact:CopyPackageVersions';
      return copied && action === 'codeartifact:DescribePackageVersion' ? awsDenies : undefined;
    });
    expect((await system.ask(name)).kind).toBe('error');
    system.front.faults.length = 0;
    const before = await assetsOf(name);
    expect(before).toHaveLength(1);
    // Upstream now serves other bytes under the same name, and package-install forgets the ones it had.
    world.withdraw(name);
    world.publish(name, '1.0', wheel({ name, version: '1.0', files: { 'other.py': '' } }));
    for (const repository of [stackNames.install, stackNames.store]) {
      await system.codeArtifact.send(new DeletePackageVersionsCommand({ ...where, repository, versions: ['1.0'] }));
    }
    const answer = await system.ask(name);
    expect(answer).toMatchObject({
      kind: 'error',
      record: { cause: expect.stringContaining('has another sha256 than upstream') },
    });
    expect(await recordOf(name)).toMatchObject({ status: 'ERROR', leaseUntil: 0 });
    expect(await assetsOf(name)).toEqual(before);
  });

  test('with the same bytes is success: somebody else copied it first', async () => {
    const name = fresh();
    system.front.faults.push(copyFirst(name));
    expect((await system.ask(name)).kind).toBe('secure');
    expect(await secured(name)).toEqual(['1.0']);
  });

  /** Lets the copy happen behind the workflow's back, so that its own finds the release there. */
  function copyFirst(name: string): Fault {
    const copies: Promise<unknown>[] = [];
    return on('codeartifact:CopyPackageVersions', ({ caller, body }) => {
      if (caller === 'Test' || copies.length > 0) return undefined;
      const versionRevisions = body.versionRevisions as Record<string, string>;
      const [sourceRepository, destinationRepository] = [stackNames.install, stackNames.secure];
      const where = { domain: stackNames.domain, sourceRepository, destinationRepository, format: 'pypi' } as const;
      const copy = new CopyPackageVersionsCommand({ ...where, package: name, versionRevisions });
      copies.push(system.codeArtifact.send(copy));
      return undefined;
    });
  }

  async function assetsOf(name: string): Promise<readonly string[]> {
    const where = { domain: stackNames.domain, repository: stackNames.secure, format: 'pypi', package: name } as const;
    const command = new ListPackageVersionAssetsCommand({ ...where, packageVersion: '1.0' });
    return ((await system.codeArtifact.send(command)).assets ?? []).map(({ hashes }) => hashes?.['SHA-256'] ?? '');
  }
});

describe('an import that is slow to show', () => {
  const hidden = (until: number): Fault => {
    const missing = { message: 'not there yet', resourceType: 'package-version', resourceId: 'x' };
    return (call) =>
      call.action === 'codeartifact:DescribePackageVersion' &&
      call.resource.includes('/package-install/') &&
      Date.now() + system.clock.ahead < until
        ? { status: 404, error: 'ResourceNotFoundException', body: missing }
        : undefined;
  };

  test('for three minutes is waited for, and becomes SECURE', async () => {
    const name = fresh();
    const began = Date.now() + system.clock.ahead;
    system.front.faults.push(hidden(began + 180_000));
    expect((await system.ask(name)).kind).toBe('secure');
    expect(Date.now() + system.clock.ahead - began).toBeGreaterThan(180_000);
    expect(await secured(name)).toEqual(['1.0']);
  });

  test('for ever ends in ERROR, and says how long it was waited for', async () => {
    system.front.faults.push(hidden(Number.POSITIVE_INFINITY));
    await expectError(fresh(), /has not finished importing project-\d+ 1\.0 after \d+ seconds/);
  });
});

describe('a permission that is missing half way', () => {
  test.each([
    ['codeartifact:GetAuthorizationToken', /denied GetAuthorizationToken/],
    ['codeartifact:ReadFromRepository', /403/],
    ['codeartifact:CopyPackageVersions', /denied CopyPackageVersions/],
    ['codeartifact:ListPackageVersionAssets', /denied ListPackageVersionAssets/],
  ])('%s: ERROR with what was denied', async (action, cause) => {
    system.clock.ahead += 13 * 3_600_000; // beyond any token's life
    system.front.faults.push(on(action, ({ caller }) => (caller === 'Test' ? undefined : awsDenies)));
    await expectError(fresh(), cause);
  });

  test.each(['dynamodb:UpdateItem', 'dynamodb:BatchGetItem'])(
    '%s, taken away from the task that copies: ERROR, nothing stuck',
    async (action) => {
      const name = fresh();
      const denied = { ...awsDenies, status: 400 };
      system.front.faults.push(on(action, ({ caller }) => (caller === 'Copy' ? denied : undefined)));
      const answer = await system.ask(name);
      expect(answer.kind).toBe('error');
      expect(await recordOf(name)).toMatchObject({ status: 'ERROR', leaseUntil: 0 });
    },
  );
});

describe('quotas', () => {
  test('throttling that passes is waited out', async () => {
    let left = 3;
    system.front.faults.push(
      on('codeartifact:CopyPackageVersions', () => {
        left -= 1;
        return left >= 0 ? throttles : undefined;
      }),
    );
    expect((await system.ask(fresh())).kind).toBe('secure');
    expect(left).toBeLessThan(0);
  });

  test('throttling that does not pass ends in ERROR with that cause', async () => {
    system.front.faults.push(on('codeartifact:CopyPackageVersions', () => throttles));
    await expectError(fresh(), /throttles requests/);
  });

  test('a quota of the account ends in ERROR with that cause', async () => {
    const full: Reply = { status: 402, error: 'ServiceQuotaExceededException', body: { message: 'no room' } };
    system.front.faults.push(on('codeartifact:CopyPackageVersions', () => full));
    await expectError(fresh(), /throttles requests|no room|quota/i);
  });
});

test('an execution name used before, for something else, is passed over', async () => {
  const name = fresh();
  const ask = askFor(name);
  const first = executionName({ requestId: requestId(ask), attempt: 1 });
  await system.sfn.send(new StartExecutionCommand({ stateMachineArn, name: first, input: '{"hello":"world"}' }));
  system.clock.askersToo = true;
  const answer = await system.ask(name);
  expect(answer.kind).toBe('secure');
  expect(answer.record.attempt).toBe(2);
});
