import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../src/cli/problem-codes.ts';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { bin, type CommandResult, type Sandbox, sandbox, startProcess } from '../helpers/awspip.ts';
import { type CodeArtifactFaults, startCodeArtifact } from '../helpers/codeartifact.ts';
import { wheel } from '../helpers/distributions.ts';
import { representatives } from '../helpers/long-form.ts';
import { type Facts, type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { difference, readTranscript } from '../helpers/transcript.ts';

const folder = path.resolve(import.meta.dirname, '../fixtures/transcripts/problems');
const schema = JSON.parse(readFileSync(new URL('../../src/cli/report-schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

type Report = {
  readonly exitCode: number;
  readonly stack: string;
  readonly problems: readonly Readonly<Partial<Record<string, string>> & { code: string; hint: string }>[];
  readonly refusals: readonly {
    readonly fatal: boolean;
    readonly name: string;
    readonly version: string | null;
    readonly reasons: readonly { readonly text: string }[];
    readonly detail?: string;
    readonly because?: string;
    readonly heldUntil?: string;
    readonly neededBy?: string;
  }[];
};

/** Returns a user with `awspip` on PATH, who installs to a folder of their own and gets a report. */
async function openUser(environment: Readonly<Record<string, string>>): Promise<Sandbox> {
  const user = await sandbox({ ...environment, LC_ALL: 'C.UTF-8', PIP_QUIET: '1' });
  await mkdir(user.path('bin'));
  await writeFile(user.path('bin', 'awspip'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 });
  user.environment.PATH = `${user.path('bin')}:${user.environment.PATH}`;
  user.environment.PIP_TARGET = user.path('target');
  user.environment.AWSPIP_REPORT = user.path('report.json');
  return user;
}

/** Runs the transcript's commands: the first fails, and the others are what its hints name. */
async function play(
  name: string,
  user: Sandbox,
  { code, exit, between }: { code: ProblemCode; exit: number; between?: (() => void) | undefined },
): Promise<void> {
  const [first, ...others] = readTranscript(readFileSync(path.join(folder, `${name}.txt`), 'utf8'));
  if (first === undefined) throw new Error(`${name} is empty`);
  const ran = await typed(first.command, user);
  expect(difference(first.expected, ran.stdout), `${name} $ ${first.command}`).toBeUndefined();
  const report = JSON.parse(await readFile(user.path('report.json'), 'utf8')) as Report;
  validate(report);
  expect(validate.errors).toBeNull();
  if (name === 'blocked-version') {
    const shown = path.resolve(import.meta.dirname, '../fixtures/report-blocked.json');
    await expect(withoutRunFacts(report)).toMatchFileSnapshot(shown);
  }
  expect(report.stack).toMatch(/^(?:aws|local)$/);
  expect([report.exitCode, ran.stdout.trimEnd().split('\n').at(-1)]).toEqual([exit, String(exit)]);
  expect(report.problems.map((problem) => problem.code)).toEqual([code]);
  for (const fact of factsOf(report)) expect(ran.stdout).toContain(fact);
  expect(ran.stdout.match(/^hint: /gm)?.length).toBeLessThanOrEqual(2);
  between?.();
  for (const { command, expected } of others) {
    expect(difference(expected, (await typed(command, user)).stdout), `${name} $ ${command}`).toBeUndefined();
  }
  const offered = report.problems.flatMap(({ command }) => command ?? []);
  for (const line of offered) expect(others.map(({ command }) => command)).toContain(`${line}; echo $?`);
}

/** Returns the report as docs/reference/report.md shows it: what differs between runs has fixed values. */
function withoutRunFacts(report: Report): string {
  const text = JSON.stringify(report, null, 2).replaceAll(/"[0-9a-f]{32}"/g, `"${'0123456789abcdef'.repeat(2)}"`);
  return `${text.replace(/("awspipVersion": )"[^"]+"/, '$1"0.1.0"')}\n`;
}

function typed(command: string, user: Sandbox): Promise<CommandResult> {
  return startProcess('bash', ['-c', `{ ${command}\n} 2>&1`], user.environment, user.folder).ended;
}

/** Returns what the report says and the screen must show, too. Times differ: ISO 8601 there, local time here. */
function factsOf({ problems, refusals }: Report): string[] {
  const fatal = refusals.filter((refusal) => refusal.fatal);
  return [
    ...problems.flatMap(({ hint, secondHint }) =>
      [hint, ...(secondHint ? [secondHint] : [])].map((text) => `hint: ${text}`),
    ),
    ...fatal.flatMap(({ name, version, reasons, detail, because, heldUntil, neededBy }) => [
      version === null ? name : `${name} ${version}`,
      ...reasons.map(({ text }) => text),
      ...[
        because === 'no-project' ? undefined : detail,
        heldUntil && 'allowed from ',
        neededBy && `needed by ${neededBy}`,
      ].flatMap((fact) => fact ?? []),
    ]),
  ];
}

const given = new Set(['given']);
const absent = 'ResourceNotFoundException';

const repositoryProblems: readonly (readonly [string, ProblemCode, number, Partial<CodeArtifactFaults>])[] = [
  ['expired-token-404', 'token-denied', 77, { staleTokens: given }],
  ['expired-token-401', 'token-denied', 77, { staleTokens: given, staleStatus: 401 }],
  ['no-such-domain', 'repository-unknown', 78, { apiErrors: { GetAuthorizationToken: absent } }],
  ['no-such-repository', 'repository-unknown', 78, { apiErrors: { GetRepositoryEndpoint: absent } }],
  ['deleted-repository', 'repository-unknown', 78, { apiErrors: { GetRepositoryEndpoint: absent }, pageStatus: 404 }],
  ['read-permission-denied', 'permission-denied', 77, { pageStatus: 403 }],
  [
    'token-permission-denied',
    'permission-denied',
    77,
    { apiErrors: { GetAuthorizationToken: 'AccessDeniedException' } },
  ],
  ['table-permission-denied', 'permission-denied', 77, { apiErrors: { other: 'AccessDeniedException' } }],
  ['throttled', 'throttled', 69, { pageStatus: 429 }],
  ['throttled-token', 'throttled', 69, { apiErrors: { GetAuthorizationToken: 'ThrottlingException' } }],
  ['repository-down', 'unavailable', 69, { pageStatus: 503 }],
];

const requirementProblems: readonly (readonly [string, ProblemCode, number])[] = [
  ['misspelt-name', 'unknown-project', 12],
  ['unknown-name', 'unknown-project', 12],
  ['private-name', 'private-name', 12],
  ['unknown-version', 'unknown-version', 12],
  ['blocked-version', 'blocked', 10],
  ['blocked', 'blocked', 10],
  ['within-cooldown', 'within-cooldown', 11],
  ['within-cooldown-all', 'within-cooldown', 11],
  ['within-cooldown-dependency', 'within-cooldown', 11],
  ['no-file-for-this-python', 'no-file-for-this-python', 12],
  ['no-file-for-this-platform', 'no-file-for-this-python', 12],
  ['unusable', 'unusable', 12],
  ['yanked', 'yanked', 12],
  ['excluded-by-constraint', 'excluded-by-constraint', 12],
  ['on-hold', 'on-hold', 11],
  ['conflict', 'conflict', 12],
];

const exitOf = ([, , exit]: readonly [string, ProblemCode, number, ...unknown[]]): string => String(exit);

describe('problems of the repository, its token and permissions', () => {
  let cloud: Awaited<ReturnType<typeof startCodeArtifact>>;
  let user: Sandbox;
  const calm: CodeArtifactFaults = { staleTokens: new Set(), staleStatus: 404, pageStatus: undefined, apiErrors: {} };
  beforeAll(async () => {
    cloud = await startCodeArtifact({ vetted: [wheel({ name: 'vetted', version: '1.0' })] });
    user = await openUser({ ...cloud.environment, PIP_NO_CACHE_DIR: '1' });
  });
  afterEach(() => void Object.assign(cloud.faults, calm));
  afterAll(async () => {
    await user.remove();
    await cloud.close();
  });

  test.each(representatives(repositoryProblems, exitOf))('%s', async (name, code, exit, faults) => {
    Object.assign(cloud.faults, faults);
    await play(name, user, { code, exit });
  });
});

describe('problems of requirements', () => {
  let packageIndex: PackageIndex;
  let user: Sandbox;
  beforeAll(async () => {
    packageIndex = await startPackageIndex();
    user = await openUser(packageIndex.environment);
    // Only the first start of the local stack is reported.
    await user.run(['local', 'up']);
    await writeFile(user.path('policy.json'), JSON.stringify({ ...recommendedPolicy, internal: ['acme-*'] }));
    await writeFile(user.path('constraints.txt'), 'bounded<2\n');
    user.environment.AWSPIP_POLICY = user.path('policy.json');
    publish(packageIndex);
  });
  afterEach(() => rm(user.path('target'), { recursive: true, force: true }));
  afterAll(async () => {
    await user.remove();
    await packageIndex.close();
  });

  test.each(representatives(requirementProblems, exitOf))('%s', (name, code, exit) => play(name, user, { code, exit }));

  test('still-vetting', async () => {
    const release = packageIndex.delayRequests('slow');
    await play('still-vetting', user, { code: 'still-vetting', exit: 11, between: release });
  });
});

test('every transcript is used by a test', () => {
  const names = [...repositoryProblems, ...requirementProblems].map(([name]) => `${name}.txt`);
  expect(['still-vetting.txt', ...names].toSorted()).toEqual(readdirSync(folder).toSorted());
});

function publish(packageIndex: PackageIndex): void {
  const recent = new Date(Date.now() - 3_600_000).toISOString();
  const year = 365 * 86_400_000;
  const unknown = { downloads: 120, repository: false, olderVersions: 0 };
  const release = (name: string, version: string, facts?: Facts) =>
    packageIndex.publish(name, version, wheel({ name, version }), facts);
  for (const version of ['1.0', '1.5']) release('requests', version);
  release('requests', '2.0', { uploadTime: recent });
  release('infected', '1.0');
  release('infected', '2.0', { malware: ['2.0'] });
  release('request2', '0.2', { ...unknown, uploadTime: '2021-10-01T00:00:00Z' });
  release('yellowish', '1.0', { ...unknown, uploadTime: new Date(Date.now() - year).toISOString() });
  release('newborn', '1.0', { uploadTime: recent });
  packageIndex.publish('parent', '1.0', wheel({ name: 'parent', version: '1.0', requires: ['newborn'] }));
  release('snake', '1.0', { requiresPython: '<3' });
  const windows = wheel({ name: 'windows-only', version: '1.0' });
  packageIndex.publish('windows-only', '1.0', { ...windows, filename: 'windows_only-1.0-py3-none-win_amd64.whl' });
  const other = wheel({ name: 'other', version: '1.0' });
  packageIndex.publish('renamed', '1.0', { ...other, filename: 'renamed-1.0-py3-none-any.whl' });
  release('regretted', '1.0', { yanked: true });
  release('slow', '1.0');
  for (const name of ['beta', 'bounded']) for (const version of ['1.0', '2.0']) release(name, version);
}
