import { expect, test } from 'vitest';
import type { ProjectName } from '../../src/index/types.ts';
import { missConfirmation } from '../../src/install/confirm-misses.ts';
import { install } from '../../src/install/install.ts';
import { lackingInRepository } from '../../src/install/lacking.ts';
import type { InstallPorts, InstallRequest } from '../../src/install/types.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import type { Observed, ObservedPage } from '../../src/relay/types.ts';

const environment = { markers: { python_version: '3.12' }, implementation: 'cpython', platform: 'linux_x86_64' };
const record = { requestId: 'id', refusals: [], counts: { releases: 1, secure: 1 } };
const nothingObserved: Observed = {
  pages: new Map(),
  blockedHosts: [],
  failures: [],
  rejectedFiles: [],
  unlistedFiles: [],
  servedFiles: [],
};

/** Installs a project whose build needs `buildRoots`, with a repository that lacks `lacking`. */
async function play(verb: string, lacking: readonly string[]) {
  const journal: string[] = [];
  const ports: InstallPorts = {
    runPip: async () => {
      journal.push('pip');
      const run = { exitCode: 0, interrupted: false, stderr: '', heldLines: '', startedAt: 7, seconds: 1 };
      return { run, observed: nothingObserved };
    },
    lacking: async (requirements) => requirements.filter((text) => lacking.includes(text)),
    environment: async () => environment,
    vet: async ({ roots }) => {
      journal.push(`vet ${roots.join(' ')}`);
      return { kind: 'secure', record, joined: false } as never;
    },
    releasesOf: async () => [],
    staleRoots: async () => [],
    printHeldLines: () => {},
    report: () => {},
    now: () => 42,
  };
  const command = parsePipArguments([verb, '-e', '.']);
  const buildRoots = ['hatchling', 'tomli; python_version < "3.11"'];
  const options = { pre: false, formatControl: command.formatControl, noDeps: false, upgrade: false };
  const request: InstallRequest = { argv: command.argv, roots: ['six'], buildRoots, constraints: [], options };
  const { pipRuns } = await install(command, request, ports);
  return { journal, pipRuns };
}

test('missing build requirements are vetted with the roots before pip runs', async () => {
  const { journal, pipRuns } = await play('install', ['hatchling']);
  expect(journal.slice(0, 2).sort()).toEqual(['vet hatchling tomli; python_version < "3.11"', 'vet six']);
  expect([journal.at(-1), pipRuns]).toEqual(['pip', 1]);
});

test('pip runs first if the repository has them, or if the marker of a missing one does not hold', async () => {
  expect((await play('install', [])).journal).toEqual(['pip']);
  expect((await play('install', ['tomli; python_version < "3.11"'])).journal).toEqual(['pip']);
});

const name = (text: string) => text as ProjectName;
const page = (project: string, version: string): ObservedPage => ({
  status: 200,
  page: {
    name: name(project),
    files: [{ filename: `${project}-${version}.tar.gz`, url: '', hashes: {}, yanked: false }],
  },
});

function relayOf(...looks: readonly Partial<Observed>[]) {
  const left = [...looks];
  let seen: Observed = nothingObserved;
  const loaded: string[] = [];
  return {
    loaded,
    relay: {
      reset: () => {},
      loadPages: async (names: readonly ProjectName[]) => {
        loaded.push(...names);
        seen = { ...nothingObserved, ...left.shift() };
      },
      observed: () => seen,
    },
  };
}

const confirmation = missConfirmation({ mayHideExpiredToken: false, confirmMissing: async () => 'missing' });

test('the repository lacks a project without a page, and a requirement that no listed release satisfies', async () => {
  const pages = new Map<ProjectName, ObservedPage>([
    [name('a'), { status: 404 }],
    [name('b'), page('b', '1.0')],
    [name('c'), page('c', '3.0')],
  ]);
  const { relay, loaded } = relayOf({ pages });
  expect(await lackingInRepository(['a', 'b>=2', 'c>=2', 'd @ https://x/y.whl'], relay as never, confirmation)).toEqual(
    ['a', 'b>=2'],
  );
  expect(loaded).toEqual(['a', 'b', 'c', 'd']);
});

test('a repository that failed lacks nothing for certain', async () => {
  const failures = [{ kind: 'unavailable' as const, cause: '503' }];
  const { relay } = relayOf({ pages: new Map([[name('a'), { status: 404 }]]), failures });
  expect(await lackingInRepository(['a'], relay as never, confirmation)).toEqual([]);
});

test('a 404 that a fresh token disproves is looked at again', async () => {
  const stale = missConfirmation({ mayHideExpiredToken: true, confirmMissing: async () => 'token-expired' });
  const { relay } = relayOf(
    { pages: new Map([[name('a'), { status: 404 }]]) },
    { pages: new Map([[name('a'), page('a', '1')]]) },
  );
  expect(await lackingInRepository(['a'], relay as never, stale)).toEqual([]);
});
