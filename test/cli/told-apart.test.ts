import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { type Ran, type Sandbox, sandbox } from '../helpers/awspip.ts';
import { startCodeArtifact } from '../helpers/codeartifact.ts';
import { wheel } from '../helpers/distributions.ts';
import { startWorld, type World } from '../helpers/world.ts';

const schema = JSON.parse(readFileSync(new URL('../../src/cli/report-schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema);

type Told = { readonly obstacles: readonly { readonly code: string; readonly errorCode?: string }[] };

/** The last lines that a person sees, from awspip's first word on what went wrong. */
function lastWords({ stderr }: Ran): string {
  return stderr.slice(Math.max(0, stderr.lastIndexOf('\nawspip: ', stderr.indexOf('hint:'))));
}

describe('CodeArtifact, which answers many of them alike', () => {
  let cloud: Awaited<ReturnType<typeof startCodeArtifact>>;
  let user: Sandbox;
  let target = 0;
  beforeAll(async () => {
    cloud = await startCodeArtifact({ vetted: [wheel({ name: 'vetted', version: '1.0' })] });
    user = await sandbox({ ...cloud.environment, PIP_NO_CACHE_DIR: '1' });
  });
  afterEach(() => {
    Object.assign(cloud.mood, { staleTokens: new Set(), staleStatus: 404, pageStatus: undefined, refuses: {} });
    cloud.asked.length = 0;
  });
  afterAll(async () => {
    await user.remove();
    await cloud.close();
  });
  const install = async (extra: Record<string, string> = {}, ...names: readonly string[]) => {
    target += 1;
    const ran = await user.install(['--target', `t${target}`, ...(names.length > 0 ? names : ['vetted'])], extra);
    return { ...ran, report: ran.report as typeof ran.report & Told };
  };
  const vettings = () => cloud.asked.filter((one) => /StartExecution|DynamoDB/.test(one));

  test('a good token: installed, and nothing is vetted', async () => {
    expect((await install()).exitCode).toBe(0);
    expect(vettings()).toEqual([]);
  });

  test.each([401, 404] as const)('a token that is over, answered %i: renewed, and nobody notices', async (status) => {
    await install();
    cloud.mood.staleTokens = new Set([await currentToken()]);
    cloud.mood.staleStatus = status;
    const { exitCode, stderr } = await install();
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(vettings()).toEqual([]);
  });

  /** The newest token handed out. */
  async function currentToken(): Promise<string> {
    const folder = user.path('state', 'tokens');
    const texts = await Promise.all((await readdir(folder)).map((name) => readFile(`${folder}/${name}`, 'utf8')));
    return texts.flatMap((text) => /token-\d+/.exec(text) ?? []).at(0) ?? '';
  }

  test('a given token that is over, answered 404: says so, 77, and vets nothing', async () => {
    cloud.mood.staleTokens.add('given');
    const { exitCode, stderr } = await install({ CODEARTIFACT_AUTH_TOKEN: 'given' });
    expect(exitCode).toBe(77);
    expect(stderr).toContain('CODEARTIFACT_AUTH_TOKEN is no good any more');
    expect(vettings()).toEqual([]);
  });

  test('a repository that does not exist: says so, 78', async () => {
    cloud.mood.refuses.GetRepositoryEndpoint = 'ResourceNotFoundException';
    const ran = await install({ AWSPIP_REPOSITORY: 'no-such' });
    expect([ran.exitCode, ran.stderr]).toEqual([78, expect.stringContaining('knows no repository `no-such`')]);
    expect(ran.report.obstacles).toMatchObject([{ code: 'error', errorCode: 'repository-unknown' }]);
  });

  test('a domain that does not exist: says so, 78', async () => {
    cloud.mood.refuses.GetAuthorizationToken = 'ResourceNotFoundException';
    const ran = await install({
      AWSPIP_DOMAIN: 'nowhere',
      AWSPIP_ENDPOINT: `${user.environment.AWS_ENDPOINT_URL}/pypi/secure-pypi/`,
    });
    expect([ran.exitCode, lastWords(ran)]).toEqual([78, expect.stringContaining('domain `nowhere`')]);
  });

  test('a repository deleted since: its 404 is not believed, 78, and nothing is vetted', async () => {
    await install();
    cloud.mood.refuses.GetRepositoryEndpoint = 'ResourceNotFoundException';
    cloud.mood.pageStatus = 404;
    const { exitCode, stderr } = await install();
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining('knows no repository')]);
    expect(vettings()).toEqual([]);
  });

  test('no permission to read: says which right is missing, 77', async () => {
    cloud.mood.pageStatus = 403;
    const ran = await install();
    expect([ran.exitCode, lastWords(ran)]).toEqual([77, expect.stringContaining('codeartifact:ReadFromRepository')]);
    expect(ran.report.obstacles).toMatchObject([{ code: 'permission-denied' }]);
    expect(ran.stderr).not.toContain('No matching distribution');
  });

  test('no permission to fetch a token: says which right is missing, 77', async () => {
    cloud.mood.refuses.GetAuthorizationToken = 'AccessDeniedException';
    const { exitCode, stderr } = await install({ AWSPIP_TOKEN_CACHE: 'off' });
    expect([exitCode, stderr]).toEqual([77, expect.stringContaining('sts:GetServiceBearerToken')]);
  });

  test('throttled: says so, 69', async () => {
    cloud.mood.pageStatus = 429;
    const ran = await install();
    expect([ran.exitCode, lastWords(ran)]).toEqual([69, expect.stringContaining('fewer requests')]);
    expect(ran.report.obstacles).toMatchObject([{ code: 'throttled' }]);
  });

  test('a project that is really missing: only then a vetting begins', async () => {
    const { exitCode, stderr } = await install({}, 'unvetted');
    expect(exitCode).toBe(77); // the double denies everybody the table
    expect(stderr).toContain('not vetted yet: unvetted');
    const order = cloud.asked.filter((one) => /endpoint|StartExecution|DynamoDB/.test(one));
    expect(order[0]).toContain('/v1/repository/endpoint');
    expect(vettings()).not.toEqual([]);
  });
});

describe('the workflow, which knows why', () => {
  let world: World;
  let user: Sandbox;
  beforeAll(async () => {
    world = await startWorld();
    user = await sandbox({ ...world.environment, PIP_QUIET: '1' });
    const young = new Date(Date.now() - 3_600_000).toISOString();
    for (const version of ['1.0', '1.5']) world.publish('requests', version, wheel({ name: 'requests', version }));
    world.publish('requests', '2.0', wheel({ name: 'requests', version: '2.0' }), { uploadTime: young });
    world.publish('snake', '1.0', wheel({ name: 'snake', version: '1.0' }), { requiresPython: '<3' });
    world.publish('regretted', '1.0', wheel({ name: 'regretted', version: '1.0' }), { yanked: true });
    world.publish('infected', '1.0', wheel({ name: 'infected', version: '1.0' }));
    world.publish('infected', '2.0', wheel({ name: 'infected', version: '2.0' }), { malware: ['2.0'] });
    await writeFile(user.path('policy.json'), JSON.stringify({ ...recommendedPolicy, internal: ['acme-*'] }));
    user.environment.AWSPIP_POLICY = user.path('policy.json');
  });
  afterAll(async () => {
    await user.remove();
    await world.close();
  });

  test.each([
    ['an unknown project with a near name', 'reqeusts', 12, 'unknown-project', 'did you mean `requests`?'],
    ['a name of one’s own that nobody published', 'acme-tools', 12, 'private-name', 'publish `acme-tools`'],
    ['a version that exists nowhere', 'requests==9', 12, 'unknown-version', "'requests==1.5'"],
    ['a version that is too young', 'requests==2.0', 11, 'too-young', "'requests==1.5'"],
    ['a version that was refused', 'infected==2.0', 10, 'refused', "'infected==1.0'"],
    ['no release for this Python', 'snake', 12, 'no-file-for-this-python', '--awspip-python=PATH'],
    ['every release taken back', 'regretted', 12, 'yanked', "'regretted==VERSION'"],
  ])('%s', async (_, asked, exit, code, wayOut) => {
    const ran = await user.install(['--target', 'x', asked]);
    const { obstacles } = ran.report as unknown as Told;
    expect([ran.exitCode, obstacles[0]?.code, lastWords(ran)]).toEqual([exit, code, expect.stringContaining(wayOut)]);
    expect(ran.stderr).not.toContain('No matching distribution');
    validate(ran.report);
    expect(validate.errors).toBeNull();
  });

  test('on a build server: folded, annotated, summed up, and no prompt', async () => {
    const summary = user.path('summary.md');
    await writeFile(summary, 'of an earlier step\n');
    const server = { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const { exitCode, stderr } = await user.run(['install', '--target', 'x', 'reqeusts'], server);
    expect(exitCode).toBe(12);
    expect(stderr).toMatch(/^::group::awspip: vetting reqeusts\n(awspip: .*\n)+::endgroup::$/m);
    expect(stderr).toMatch(
      /^::error title=awspip%3A unknown-project::reqeusts was not found.*did you mean `requests`/m,
    );
    expect(await readFile(summary, 'utf8')).toMatch(/^of an earlier step\n### awspip: exit code 12\n/);
    const gitlab = await user.run(['install', '--target', 'x', 'reqeusts'], { CI: 'true', GITLAB_CI: 'true' });
    expect(gitlab.stderr).toMatch(/section_start:\d+:(awspip_vetting_\w+)\r.*section_end:\d+:\1\r/s);
  });

  test('the line to type works', async () => {
    expect((await user.install(['--target', 'typed', 'requests==1.5'])).exitCode).toBe(0);
  });

  test('still being vetted: says for how long, and how to wait longer', async () => {
    world.publish('slow', '1.0', wheel({ name: 'slow', version: '1.0' }));
    const release = world.holdBack('slow');
    const ran = await user.install(['--awspip-wait=2', '--target', 'x', 'slow']);
    release();
    const { obstacles } = ran.report as unknown as Told;
    expect([ran.exitCode, obstacles]).toEqual([11, [expect.objectContaining({ code: 'still-vetting' })]]);
    expect(lastWords(ran)).toMatch(/still being vetted after [2-4] s .*\n.*--awspip-wait=SECONDS/s);
  });
});
