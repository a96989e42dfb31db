import { describe, expect, test } from 'vitest';
import { describeEvent } from '../../src/cli/messages.ts';
import { AwspipError } from '../../src/errors.ts';
import type { ProjectName } from '../../src/index/types.ts';
import { exitOf } from '../../src/install/exit.ts';
import { install } from '../../src/install/install.ts';
import type { InstallEvent, InstallPorts, InstallRequest } from '../../src/install/types.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import type { PipRun } from '../../src/pip/run.ts';
import type { Observed } from '../../src/relay/types.ts';
import type { VettingOutcome } from '../../src/vetting/await-vetting.ts';
import type { Refusal, RequestRecord } from '../../src/vetting/types.ts';

const environment = { markers: {}, implementation: 'cpython', platform: 'linux_x86_64' };

const record = (change: Partial<RequestRecord> = {}): RequestRecord => ({
  requestId: 'id',
  attempt: 1,
  execution: 'id-1',
  status: 'SECURE',
  step: 'done',
  counts: { releases: 1, secure: 1 },
  refusals: [],
  leaseUntil: 0,
  roots: [],
  requestedBy: 'somebody',
  startedAt: '2026-01-01T00:00:00Z',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...change,
});
const secure: VettingOutcome = { kind: 'secure', record: record(), joined: false };
const refused = (refusal: Partial<Refusal>): VettingOutcome => ({
  kind: 'refused',
  joined: false,
  record: record({
    status: 'BLOCKED',
    refusals: [
      {
        name: 'a' as ProjectName,
        version: '1',
        kind: 'BLOCKED',
        reasons: [],
        similarPackages: [],
        fatal: true,
        ...refusal,
      },
    ],
  }),
});

type Round = { readonly run?: Partial<PipRun>; readonly observed?: Partial<Observed> };
const missing = (name: string): Round => ({
  run: { exitCode: 1, stderr: `ERROR: No matching distribution found for ${name}\n`, heldLines: `lacks ${name}\n` },
  observed: { pages: new Map([[name as ProjectName, { status: 404 }]]) },
});
const successfulRun: Round = {};
const pipUserAgent =
  'pip/25.0 {"cpu":"x86_64","implementation":{"name":"CPython","version":"3.11.7"},"python":"3.11.7","system":{"name":"Linux","release":"6.1"},"distro":{"libc":{"lib":"glibc","version":"2.36"}}}';

/** Runs an install against scripted pip runs and vetting answers. An unscripted call fails the test. */
async function runInstall(
  argv: string,
  rounds: readonly Round[],
  answers: readonly VettingOutcome[] = [],
  stale: readonly string[] = [],
  more: Partial<Pick<InstallPorts, 'askNewest'> & Pick<InstallRequest, 'newest'>> = {},
) {
  const [remainingRuns, remainingAnswers] = [[...rounds], [...answers]];
  const journal: string[] = [];
  const events: InstallEvent['code'][] = [];
  const ports: InstallPorts = {
    runPip: async (pipArguments) => {
      journal.push(`pip ${pipArguments.join(' ')}`);
      const { run, observed } = remainingRuns.shift() ?? expect.fail('pip ran once more than expected');
      return {
        run: { exitCode: 0, interrupted: false, stderr: '', heldLines: '', startedAt: 7, seconds: 1, ...run },
        observed: {
          pages: new Map(),
          blockedHosts: [],
          failures: [],
          rejectedFiles: [],
          unlistedFiles: [],
          servedFiles: [],
          ...observed,
        },
      };
    },
    environment: async () => environment,
    vet: async ({ roots, options }, since) => {
      const { noBinary } = options.formatControl;
      const built = noBinary.length === 0 ? '' : ` from source: ${noBinary.join(' ')}`;
      journal.push(`vet ${roots.join(' ')}${built} since ${since}`);
      return remainingAnswers.shift() ?? expect.fail('one vetting more than expected');
    },
    releasesOf: async () => [{ name: 'a' as ProjectName, version: '1', status: 'SECURE' }],
    staleRoots: async () => stale,
    ...(more.askNewest && { askNewest: more.askNewest }),
    printHeldLines: (text) => void journal.push(`shown ${text.trim()}`),
    report: ({ code }) => void events.push(code),
    now: () => 42,
  };
  const command = parsePipArguments(argv.split(' '));
  const request: InstallRequest = {
    argv: command.argv,
    roots: command.arguments.filter((name) => !name.startsWith('builder')),
    buildRoots: command.arguments.filter((name) => name.startsWith('builder')),
    constraints: [],
    options: {
      ...{ pre: false, formatControl: command.formatControl, noDeps: false, upgrade: command.upgrade },
      uploadedBefore: argv.includes('--uploaded-prior-to') ? { all: '2026-01-01T00:00:00.000Z' } : undefined,
    },
    newest: more.newest,
  };
  const result = await install(command, request, ports);
  expect([remainingRuns.length, remainingAnswers.length]).toEqual([0, 0]);
  return { result, exit: exitOf(result), journal: journal.filter((line) => line !== 'shown '), events };
}

test('with nothing missing, pip runs once and nothing is vetted', async () => {
  const { exit, journal, events } = await runInstall('install a', [successfulRun]);
  expect(exit).toEqual({ exitCode: 0, reason: 'ok' });
  expect(journal).toEqual(['pip install a']);
  expect(events).toEqual([]);
});

test('missing releases are vetted with all roots of the command, and pip runs a second time', async () => {
  const { result, exit, journal } = await runInstall('install a b', [missing('b'), successfulRun], [secure]);
  expect(exit.exitCode).toBe(0);
  expect(journal).toEqual(['pip install a b', 'vet a b since 7', 'pip install a b']);
  expect(result).toMatchObject({ pipRuns: 2, releases: [{ name: 'a', version: '1', status: 'SECURE' }] });
});

test('a requirement that the roots do not cover, such as a build requirement, needs another round', async () => {
  const { journal } = await runInstall(
    'install a',
    [missing('builder'), missing('builder'), successfulRun],
    [secure, secure],
  );
  expect(journal.filter((line) => line.startsWith('vet'))).toEqual(['vet a since 7', 'vet a builder since 7']);
});

test('an sdist that a lock file pins is requested as such, because the wheel is not what pip installs', async () => {
  const name = 'a' as ProjectName;
  const pinned: Round = {
    run: { exitCode: 1, stderr: 'ERROR: HTTP error 404 while getting http://x/a-1.tar.gz' },
    observed: {
      pages: new Map([[name, { status: 200, page: { name, files: [] } }]]),
      unlistedFiles: ['a-1.tar.gz', 'b-1-py3-none-any.whl'],
    },
  };
  const { journal } = await runInstall('install a', [pinned, successfulRun], [secure]);
  expect(journal).toContain('vet a from source: a since 7');
});

test('a round with nothing new ends the install with pip output', async () => {
  const { result, exit, journal } = await runInstall('install a', [missing('a'), missing('a')], [secure]);
  expect(result.ending).toMatchObject({ kind: 'no-progress', requirements: ['a'] });
  expect(exit).toEqual({ exitCode: 1, reason: 'pip' });
  expect(journal.at(-1)).toBe('shown lacks a');
});

test('contradictory requirements end with 12, after the lines in which pip names them', async () => {
  const stderr =
    'ERROR: Cannot install a<2 and a>=2\nERROR: ResolutionImpossible: for help visit https://pip.pypa.io\n';
  const conflict: Round = { run: { exitCode: 1, stderr, heldLines: 'lacks one a\n' } };
  const vetted = await runInstall('install a<2 a>=2', [missing('a'), conflict], [secure]);
  const refusal = refused({ kind: 'NOT_FOUND', because: 'conflict', version: null });
  const contradicted = await runInstall('install a<2 a>=2', [conflict], [refusal]);
  for (const { result, exit, journal } of [vetted, contradicted]) {
    expect(result.ending).toEqual({ kind: 'conflict' });
    expect(exit).toEqual({ exitCode: 12, reason: 'notFound' });
    expect(journal.at(-1)).toBe('shown lacks one a');
  }
});

test('build requirements are a separate request, which may contradict the rest', async () => {
  const { journal, exit } = await runInstall('install a builder', [missing('a'), successfulRun], [secure, secure]);
  expect(exit.exitCode).toBe(0);
  expect(journal.filter((line) => line.startsWith('vet'))).toEqual(['vet a since 7', 'vet builder since 7']);
  const alone = await runInstall('install builder', [missing('builder'), successfulRun], [secure, secure]);
  expect(alone.exit.exitCode).toBe(0);
  const refusing = await runInstall('install a builder', [missing('a')], [secure, refused({})]);
  expect(refusing.exit).toEqual({ exitCode: 10, reason: 'blocked' });
});

test('a missing requirement that contradicts the rest is vetted alone, because it may be for a build', async () => {
  const contradiction = refused({ kind: 'NOT_FOUND', because: 'conflict', version: null });
  const rounds = [missing('a'), missing('b'), successfulRun];
  const { journal, exit } = await runInstall('install a', rounds, [secure, contradiction, secure]);
  expect(exit.exitCode).toBe(0);
  expect(journal.filter((line) => line.startsWith('vet'))).toEqual([
    'vet a since 7',
    'vet a b since 7',
    'vet b since 7',
  ]);
  const first = await runInstall('install a', [missing('a')], [contradiction]);
  expect(first.exit.exitCode).toBe(12);
});

test('an install has at most ten rounds', async () => {
  const rounds = Array.from({ length: 11 }, (_, at) => missing(`p${at}`));
  const { result } = await runInstall(
    'install a',
    rounds,
    Array.from({ length: 10 }, () => secure),
  );
  expect(result).toMatchObject({ pipRuns: 11, ending: { kind: 'no-progress' } });
});

test.each([
  ['BLOCKED', 10, 'blocked'],
  ['HELD', 11, 'held'],
  ['NOT_FOUND', 12, 'notFound'],
  ['ERROR', 69, 'unavailable'],
] as const)('%s ends with %i, and pip does not run again', async (kind, exitCode, reason) => {
  const { exit, journal } = await runInstall('install a', [missing('a')], [refused({ kind })]);
  expect(exit).toEqual({ exitCode, reason });
  expect(journal.filter((line) => line.startsWith('pip'))).toHaveLength(1);
});

test('a blocked release that was replaced by an older one does not stop the install', async () => {
  const { record: blockedRecord = record() } = refused({ fatal: false });
  const older: VettingOutcome = { kind: 'secure', record: blockedRecord, joined: false };
  const { result, exit } = await runInstall('install a', [missing('a'), successfulRun], [older]);
  expect(exit.exitCode).toBe(0);
  expect(result.passedOver).toHaveLength(1);
});

test('an expired wait ends with 11, a failed vetting with 69', async () => {
  const stillRunning: VettingOutcome = {
    kind: 'still-running',
    record: record({ status: 'CHECK', step: 'assess' }),
    joined: true,
  };
  expect((await runInstall('install a', [missing('a')], [stillRunning])).exit.exitCode).toBe(11);
  const failed: VettingOutcome = { kind: 'error', record: record({ status: 'ERROR', cause: 'why' }), joined: false };
  expect((await runInstall('install a', [missing('a')], [failed])).exit.exitCode).toBe(69);
});

test("pip's own failure passes unchanged, with its output", async () => {
  const { exit, journal } = await runInstall('install a', [{ run: { exitCode: 2, heldLines: 'words' } }]);
  expect(exit).toEqual({ exitCode: 2, reason: 'pip' });
  expect(journal).toEqual(['pip install a', 'shown words']);
});

test('an interrupted run never starts a vetting', async () => {
  const { run, observed } = missing('a');
  const { exit } = await runInstall('install a', [
    { run: { ...run, interrupted: true }, ...(observed && { observed }) },
  ]);
  expect(exit).toEqual({ exitCode: 130, reason: 'interrupted' });
});

test('a run that succeeded despite an interruption counts as success', async () => {
  const { exit } = await runInstall('install a', [{ run: { exitCode: 0, interrupted: true } }]);
  expect(exit).toEqual({ exitCode: 0, reason: 'ok' });
});

test.each([
  ['denied', 77],
  ['throttled', 69],
  ['unavailable', 69],
  ['digest-mismatch', 69],
] as const)('an index failure of kind %s is not a missing package: %i', async (kind, exitCode) => {
  const failures = [{ kind, cause: 'because' }];
  const { exit } = await runInstall('install a', [{ ...missing('a'), observed: { failures } }]);
  expect(exit.exitCode).toBe(exitCode);
});

test.each([
  ['a failure of the relay, although the installer succeeded', 'unavailable', 69],
  ['a denied request', 'denied', 77],
  ['a file without a digest, which pip did not need', 'no-digest', 0],
] as const)('exit code after success with %s', async (_description, kind, exitCode) => {
  const { exit } = await runInstall('install a', [{ observed: { failures: [{ kind, cause: 'once' }] } }]);
  expect(exit.exitCode).toBe(exitCode);
});

test('an upgrade is vetted before pip runs, unless its roots were looked up within the hour', async () => {
  const outcome = await runInstall('install -U a', [successfulRun], [secure], ['a']);
  expect(outcome.journal).toEqual(['vet a since 42', 'pip install -U a']);
  expect((await runInstall('install -U a', [successfulRun], [], [])).journal).toEqual(['pip install -U a']);
});

test('an upgrade with a cut-off is always vetted, because other releases are the newest then', async () => {
  const argv = 'install -U --uploaded-prior-to=2026-01-01 a';
  const { journal } = await runInstall(argv, [successfulRun], [secure], []);
  expect(journal).toEqual(['vet a since 42', `pip ${argv}`]);
});

test('`list --outdated` and `index versions` never start a vetting', async () => {
  for (const argv of ['list --outdated', 'index versions a']) {
    expect((await runInstall(argv, [missing('a')])).exit.exitCode).toBe(1);
  }
});

test('`index versions` of a project that is not vetted names the command that requests it', async () => {
  const { exit, events } = await runInstall('index versions a', [missing('a')]);
  expect([exit.exitCode, events]).toEqual([1, ['not-listed']]);
  const text = describeEvent({ code: 'not-listed', projects: ['a'] });
  expect(text).toBe('the vetted repository lacks a; to request it, run `awspip vet a`');
});

test.each([
  ['a listed project', { observed: { pages: new Map() } }],
  ['another failure', { run: { exitCode: 1, stderr: 'ERROR: something else\n' } }],
] as const)('`index versions` adds nothing for %s', async (_, round) => {
  expect((await runInstall('index versions a', [round])).events).toEqual([]);
});

describe('newer releases', () => {
  const reported = { ...successfulRun, observed: { ...successfulRun.observed, userAgent: pipUserAgent } };
  const asking = () => {
    const asked: string[] = [];
    const askNewest: InstallPorts['askNewest'] = async ({ roots }) => {
      asked.push(...roots);
      return roots.filter((root) => root === 'a');
    };
    return { asked, askNewest };
  };

  test('are asked for in the background after an install that needed no vetting', async () => {
    const { asked, askNewest } = asking();
    const { exit, events } = await runInstall('install a b', [reported], [], [], { askNewest });
    expect([exit.exitCode, asked, events]).toEqual([0, ['a', 'b'], ['newest-asked']]);
  });

  test.each<[string, string, readonly Round[], readonly VettingOutcome[], readonly string[]]>([
    ['an install that vetted something', 'install a', [missing('a'), reported], [secure], []],
    ['an upgrade', 'install -U a', [reported], [], []],
    ['a command that installs nothing', 'index versions a', [reported], [], []],
    ['a pip that does not say for which interpreter', 'install a', [successfulRun], [], []],
  ])('are not asked for after %s', async (_, argv, rounds, answers, stale) => {
    const { asked, askNewest } = asking();
    await runInstall(argv, rounds, answers, stale, { askNewest });
    expect(asked).toEqual([]);
  });

  test.each(['unavailable', 'denied', 'configuration'] as const)(
    'the install succeeds if they cannot be asked for; only a failed service is said: %s',
    async (reason) => {
      const askNewest = async () => {
        throw new AwspipError('failed', 'no answer', { exit: reason, hint: 'later' });
      };
      const { exit, events } = await runInstall('install a', [reported], [], [], { askNewest });
      expect([exit.exitCode, events]).toEqual([0, reason === 'unavailable' ? ['newest-not-asked'] : []]);
    },
  );

  test('with `newest` they are vetted before pip runs, however recently they were checked', async () => {
    const { journal } = await runInstall('download a', [reported], [secure], [], { newest: true });
    expect(journal).toEqual(['vet a since 42', 'pip download a']);
  });
});
