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
import { type Facts, type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { difference, readTranscript } from '../helpers/transcript.ts';

const folder = path.resolve(import.meta.dirname, '../fixtures/transcripts/problems');
const schema = JSON.parse(readFileSync(new URL('../../src/cli/report-schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

type Report = {
  readonly exitCode: number;
  readonly problems: readonly Readonly<Partial<Record<string, string>> & { code: string; hint: string }>[];
  readonly refusals: readonly {
    readonly fatal: boolean;
    readonly name: string;
    readonly version: string | null;
    readonly reasons: readonly { readonly text: string }[];
    readonly detail?: string;
    readonly heldUntil?: string;
    readonly neededBy?: string;
  }[];
};

/** Whoever types has `awspip` on PATH; what is installed goes to a folder of their own, and a report is written. */
async function typist(environment: Readonly<Record<string, string>>): Promise<Sandbox> {
  const user = await sandbox({ ...environment, LC_ALL: 'C.UTF-8', PIP_QUIET: '1' });
  await mkdir(user.path('bin'));
  await writeFile(user.path('bin', 'awspip'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 });
  user.environment.PATH = `${user.path('bin')}:${user.environment.PATH}`;
  user.environment.PIP_TARGET = user.path('target');
  user.environment.AWSPIP_REPORT = user.path('report.json');
  return user;
}

const played = new Set<string>();

/** Types the transcript's commands; the first is the one that goes wrong, the others are its way out. */
async function play(
  name: string,
  user: Sandbox,
  { code, exit, between }: { code: ProblemCode | undefined; exit: number; between?: (() => void) | undefined },
): Promise<void> {
  played.add(`${name}.txt`);
  const [first, ...others] = readTranscript(readFileSync(path.join(folder, `${name}.txt`), 'utf8'));
  if (first === undefined) throw new Error(`${name} is empty`);
  const ran = await typed(first.command, user);
  expect(difference(first.expected, ran.stdout), `${name} $ ${first.command}`).toBeUndefined();
  const report = JSON.parse(await readFile(user.path('report.json'), 'utf8')) as Report;
  validate(report);
  expect(validate.errors).toBeNull();
  expect([report.exitCode, ran.stdout.trimEnd().split('\n').at(-1)]).toEqual([exit, String(exit)]);
  expect(report.problems[0]?.code).toBe(code);
  for (const fact of factsOf(report)) expect(ran.stdout).toContain(fact);
  between?.();
  for (const { command, expected } of others) {
    expect(difference(expected, (await typed(command, user)).stdout), `${name} $ ${command}`).toBeUndefined();
  }
  const offered = report.problems.flatMap(({ command }) => command ?? []);
  for (const line of offered) expect(others.map(({ command }) => command)).toContain(`${line}; echo $?`);
}

function typed(command: string, user: Sandbox): Promise<CommandResult> {
  return startProcess('bash', ['-c', `{ ${command}\n} 2>&1`], user.environment, user.folder).ended;
}

/** What a machine reads in the report, a person reads on the screen. */
function factsOf({ problems, refusals }: Report): string[] {
  const fatal = refusals.filter((refusal) => refusal.fatal);
  return [
    ...problems.map(({ hint }) => `hint: ${hint}`),
    ...fatal.flatMap(({ name, version, reasons, detail, heldUntil, neededBy }) => [
      version === null ? name : `${name} ${version}`,
      ...reasons.map(({ text }) => text),
      ...[detail, heldUntil, neededBy && `needed by ${neededBy}`].flatMap((fact) => fact ?? []),
    ]),
  ];
}

describe('CodeArtifact, which answers many of them alike', () => {
  let cloud: Awaited<ReturnType<typeof startCodeArtifact>>;
  let user: Sandbox;
  const calm: CodeArtifactFaults = { staleTokens: new Set(), staleStatus: 404, pageStatus: undefined, apiErrors: {} };
  beforeAll(async () => {
    cloud = await startCodeArtifact({ vetted: [wheel({ name: 'vetted', version: '1.0' })] });
    user = await typist({ ...cloud.environment, PIP_NO_CACHE_DIR: '1' });
  });
  afterEach(() => void Object.assign(cloud.faults, calm));
  afterAll(async () => {
    await user.remove();
    await cloud.close();
  });
  const given = new Set(['given']);
  const absent = 'ResourceNotFoundException';

  test.each<[string, ProblemCode, number, Partial<CodeArtifactFaults>]>([
    ['expired-token-404', 'token-denied', 77, { staleTokens: given }],
    ['expired-token-401', 'token-denied', 77, { staleTokens: given, staleStatus: 401 }],
    ['no-such-domain', 'repository-unknown', 78, { apiErrors: { GetAuthorizationToken: absent } }],
    ['no-such-repository', 'repository-unknown', 78, { apiErrors: { GetRepositoryEndpoint: absent } }],
    ['deleted-repository', 'repository-unknown', 78, { apiErrors: { GetRepositoryEndpoint: absent }, pageStatus: 404 }],
    ['no-right-to-read', 'permission-denied', 77, { pageStatus: 403 }],
    ['no-right-to-a-token', 'permission-denied', 77, { apiErrors: { GetAuthorizationToken: 'AccessDeniedException' } }],
    ['no-right-to-the-table', 'permission-denied', 77, {}],
    ['throttled', 'throttled', 69, { pageStatus: 429 }],
    ['throttled-token', 'throttled', 69, { apiErrors: { GetAuthorizationToken: 'ThrottlingException' } }],
    ['repository-down', 'unavailable', 69, { pageStatus: 503 }],
  ])('%s', async (name, code, exit, mood) => {
    Object.assign(cloud.faults, mood);
    await play(name, user, { code, exit });
  });
});

describe('the workflow, which knows why', () => {
  let world: PackageIndex;
  let user: Sandbox;
  beforeAll(async () => {
    world = await startPackageIndex();
    user = await typist(world.environment);
    await writeFile(user.path('policy.json'), JSON.stringify({ ...recommendedPolicy, internal: ['acme-*'] }));
    await writeFile(user.path('constraints.txt'), 'bounded<2\n');
    user.environment.AWSPIP_POLICY = user.path('policy.json');
    publish(world);
  });
  afterEach(() => rm(user.path('target'), { recursive: true, force: true }));
  afterAll(async () => {
    await user.remove();
    await world.close();
  });

  test.each<[string, ProblemCode, number]>([
    ['unknown-name-near', 'unknown-project', 12],
    ['unknown-name', 'unknown-project', 12],
    ['private-name', 'private-name', 12],
    ['unknown-version', 'unknown-version', 12],
    ['refused-version', 'refused', 10],
    ['refused', 'refused', 10],
    ['too-young', 'too-young', 11],
    ['too-young-all', 'too-young', 11],
    ['too-young-dependency', 'too-young', 11],
    ['other-python', 'no-file-for-this-python', 12],
    ['other-platform', 'no-file-for-this-python', 12],
    ['yanked', 'yanked', 12],
    ['constrained-away', 'constrained-away', 12],
    ['held-for-a-person', 'held', 11],
    ['together-impossible', 'no-progress', 1],
  ])('%s', (name, code, exit) => play(name, user, { code, exit }));

  test('still-vetting', async () => {
    const release = world.delayRequests('slow');
    await play('still-vetting', user, { code: 'still-vetting', exit: 11, between: release });
  });

  test('every transcript is played', () => {
    expect([...played].toSorted()).toEqual(readdirSync(folder).toSorted());
  });
});

function publish(world: PackageIndex): void {
  const recent = new Date(Date.now() - 3_600_000).toISOString();
  const year = 365 * 86_400_000;
  const unknown = { downloads: 120, repository: false, olderVersions: 0 };
  const release = (name: string, version: string, facts?: Facts) =>
    world.publish(name, version, wheel({ name, version }), facts);
  for (const version of ['1.0', '1.5']) release('requests', version);
  release('requests', '2.0', { uploadTime: recent });
  release('infected', '1.0');
  release('infected', '2.0', { malware: ['2.0'] });
  release('request2', '0.2', { ...unknown, uploadTime: '2021-10-01T00:00:00Z' });
  release('yellowish', '1.0', { ...unknown, uploadTime: new Date(Date.now() - year).toISOString() });
  release('newborn', '1.0', { uploadTime: recent });
  world.publish('parent', '1.0', wheel({ name: 'parent', version: '1.0', requires: ['newborn'] }));
  release('snake', '1.0', { requiresPython: '<3' });
  const windows = wheel({ name: 'windows-only', version: '1.0' });
  world.publish('windows-only', '1.0', { ...windows, filename: 'windows_only-1.0-py3-none-win_amd64.whl' });
  release('regretted', '1.0', { yanked: true });
  release('slow', '1.0');
  for (const name of ['beta', 'bounded']) for (const version of ['1.0', '2.0']) release(name, version);
}
