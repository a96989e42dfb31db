import { expect, test } from 'vitest';
import type { ProjectName } from '../../src/index/types.ts';
import { exitOf } from '../../src/install/exit.ts';
import { install } from '../../src/install/install.ts';
import type { InstallEvent, InstallPorts, Wanted } from '../../src/install/types.ts';
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
const lacks = (name: string): Round => ({
  run: { exitCode: 1, stderr: `ERROR: No matching distribution found for ${name}\n`, heldBack: `lacks ${name}\n` },
  observed: { pages: new Map([[name as ProjectName, { status: 404 }]]) },
});
const succeeds: Round = {};

/** A world that plays `rounds` of pip and `answers` of the workflow in order; an unscripted call fails the test. */
async function play(
  argv: string,
  rounds: readonly Round[],
  answers: readonly VettingOutcome[] = [],
  stale: readonly string[] = [],
) {
  const [pips, vettings] = [[...rounds], [...answers]];
  const journal: string[] = [];
  const events: InstallEvent['code'][] = [];
  const ports: InstallPorts = {
    runPip: async (given) => {
      journal.push(`pip ${given.join(' ')}`);
      const { run, observed } = pips.shift() ?? expect.fail('pip ran once more than expected');
      return {
        run: { exitCode: 0, interrupted: false, stderr: '', heldBack: '', startedAt: 7, seconds: 1, ...run },
        observed: {
          pages: new Map(),
          denied: [],
          trouble: [],
          refusedFiles: [],
          absentFiles: [],
          files: [],
          ...observed,
        },
      };
    },
    environment: async () => environment,
    vet: async ({ roots }, since) => {
      journal.push(`vet ${roots.join(' ')} since ${since}`);
      return vettings.shift() ?? expect.fail('a vetting that nobody expected');
    },
    releasesOf: async () => [{ name: 'a' as ProjectName, version: '1', status: 'SECURE' }],
    staleRoots: async () => stale,
    release: (text) => void journal.push(`shown ${text.trim()}`),
    report: ({ code }) => void events.push(code),
    now: () => 42,
  };
  const command = parsePipArguments(argv.split(' '));
  const wanted: Wanted = {
    argv: command.argv,
    roots: command.arguments.filter((name) => !name.startsWith('builder')),
    buildRoots: command.arguments.filter((name) => name.startsWith('builder')),
    constraints: [],
    options: { pre: false, formatControl: command.formatControl, noDeps: false, upgrade: command.upgrade },
  };
  const result = await install(command, wanted, ports);
  expect([pips.length, vettings.length]).toEqual([0, 0]);
  return { result, exit: exitOf(result), journal: journal.filter((line) => line !== 'shown '), events };
}

test('with everything there, pip runs once and nothing is vetted', async () => {
  const { exit, journal, events } = await play('install a', [succeeds]);
  expect(exit).toEqual({ exitCode: 0, reason: 'ok' });
  expect(journal).toEqual(['pip install a']);
  expect(events).toEqual([]);
});

test('what is missing is vetted with all roots of the command, and pip runs a second time', async () => {
  const { result, exit, journal } = await play('install a b', [lacks('b'), succeeds], [secure]);
  expect(exit.exitCode).toBe(0);
  expect(journal).toEqual(['pip install a b', 'vet a b since 7', 'pip install a b']);
  expect(result).toMatchObject({ pipRuns: 2, releases: [{ name: 'a', version: '1', status: 'SECURE' }] });
});

test('what the roots do not cover, such as a build requirement that only building shows, is one more round', async () => {
  const { journal } = await play('install a', [lacks('builder'), lacks('builder'), succeeds], [secure, secure]);
  expect(journal.filter((line) => line.startsWith('vet'))).toEqual(['vet a since 7', 'vet a builder since 7']);
});

test('a round that asks for nothing new ends it, with what pip said', async () => {
  const { result, exit, journal } = await play('install a', [lacks('a'), lacks('a')], [secure]);
  expect(result.ending).toMatchObject({ kind: 'no-progress', requirements: ['a'] });
  expect(exit).toEqual({ exitCode: 1, reason: 'pip' });
  expect(journal.at(-1)).toBe('shown lacks a');
});

test('what only a build needs is a request of its own, which need not agree with the rest', async () => {
  const { journal, exit } = await play('install a builder', [lacks('a'), succeeds], [secure, secure]);
  expect(exit.exitCode).toBe(0);
  expect(journal.filter((line) => line.startsWith('vet'))).toEqual(['vet a since 7', 'vet builder since 7']);
  const alone = await play('install builder', [lacks('builder'), succeeds], [secure, secure]);
  expect(alone.exit.exitCode).toBe(0);
  const refusing = await play('install a builder', [lacks('a')], [secure, refused({})]);
  expect(refusing.exit).toEqual({ exitCode: 10, reason: 'blocked' });
});

test('what pip misses and contradicts the rest may be for a build: it is asked for alone before it is refused', async () => {
  const contradiction = refused({ kind: 'NOT_FOUND', because: 'conflict', version: null });
  const rounds = [lacks('a'), lacks('b'), succeeds];
  const { journal, exit } = await play('install a', rounds, [secure, contradiction, secure]);
  expect(exit.exitCode).toBe(0);
  expect(journal.filter((line) => line.startsWith('vet'))).toEqual([
    'vet a since 7',
    'vet a b since 7',
    'vet b since 7',
  ]);
  const first = await play('install a', [lacks('a')], [contradiction]);
  expect(first.exit.exitCode).toBe(12);
});

test('at most ten rounds', async () => {
  const rounds = Array.from({ length: 11 }, (_, at) => lacks(`p${at}`));
  const { result } = await play(
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
  const { exit, journal } = await play('install a', [lacks('a')], [refused({ kind })]);
  expect(exit).toEqual({ exitCode, reason });
  expect(journal.filter((line) => line.startsWith('pip'))).toHaveLength(1);
});

test('a refusal that only made the closure take an older release stops nothing', async () => {
  const { record: settled = record() } = refused({ fatal: false });
  const older: VettingOutcome = { kind: 'secure', record: settled, joined: false };
  const { result, exit } = await play('install a', [lacks('a'), succeeds], [older]);
  expect(exit.exitCode).toBe(0);
  expect(result.passedOver).toHaveLength(1);
});

test('a wait that ran out ends with 11, a failed vetting with 69', async () => {
  const still: VettingOutcome = {
    kind: 'still-running',
    record: record({ status: 'CHECK', step: 'assess' }),
    joined: true,
  };
  expect((await play('install a', [lacks('a')], [still])).exit.exitCode).toBe(11);
  const failed: VettingOutcome = { kind: 'error', record: record({ status: 'ERROR', cause: 'why' }), joined: false };
  expect((await play('install a', [lacks('a')], [failed])).exit.exitCode).toBe(69);
});

test("pip's own failure is passed on untouched, with everything it said", async () => {
  const { exit, journal } = await play('install a', [{ run: { exitCode: 2, heldBack: 'words' } }]);
  expect(exit).toEqual({ exitCode: 2, reason: 'pip' });
  expect(journal).toEqual(['pip install a', 'shown words']);
});

test('an interrupted run never starts a vetting', async () => {
  const { run, observed } = lacks('a');
  const { exit } = await play('install a', [{ run: { ...run, interrupted: true }, ...(observed && { observed }) }]);
  expect(exit).toEqual({ exitCode: 130, reason: 'interrupted' });
});

test('what was interrupted too late has been done', async () => {
  const { exit } = await play('install a', [{ run: { exitCode: 0, interrupted: true } }]);
  expect(exit).toEqual({ exitCode: 0, reason: 'ok' });
});

test.each([
  ['denied', 77],
  ['throttled', 69],
  ['unavailable', 69],
  ['digest-mismatch', 69],
] as const)('an index that is %s is no missing package: %i', async (kind, exitCode) => {
  const trouble = [{ kind, cause: 'because' }];
  const { exit } = await play('install a', [{ ...lacks('a'), observed: { trouble } }]);
  expect(exit.exitCode).toBe(exitCode);
});

test('success is success, whatever the relay saw on the way', async () => {
  const { exit } = await play('install a', [{ observed: { trouble: [{ kind: 'unavailable', cause: 'once' }] } }]);
  expect(exit.exitCode).toBe(0);
});

test('an upgrade asks before pip runs, unless that was done within the hour', async () => {
  const asked = await play('install -U a', [succeeds], [secure], ['a']);
  expect(asked.journal).toEqual(['vet a since 42', 'pip install -U a']);
  expect((await play('install -U a', [succeeds], [], [])).journal).toEqual(['pip install -U a']);
});

test('`list --outdated` and `index versions` never start a vetting', async () => {
  for (const argv of ['list --outdated', 'index versions a']) {
    expect((await play(argv, [lacks('a')])).exit.exitCode).toBe(1);
  }
});
