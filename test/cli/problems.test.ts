import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { startCodeArtifact } from '../helpers/codeartifact.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

// The transcripts show what a person sees. These tests check what awspip requests from AWS in each case.
describe('404 and 401 of CodeArtifact', () => {
  let cloud: Awaited<ReturnType<typeof startCodeArtifact>>;
  let user: Sandbox;
  let target = 0;
  beforeAll(async () => {
    cloud = await startCodeArtifact({ vetted: [wheel({ name: 'vetted', version: '1.0' })] });
    user = await sandbox({ ...cloud.environment, PIP_NO_CACHE_DIR: '1', AWSPIP_FRESHNESS: 'off' });
  });
  afterEach(() => {
    Object.assign(cloud.faults, { staleTokens: new Set(), staleStatus: 404, pageStatus: undefined, apiErrors: {} });
    cloud.requests.length = 0;
  });
  afterAll(async () => {
    await user.remove();
    await cloud.close();
  });
  const install = async (extra: Record<string, string> = {}, ...names: readonly string[]) => {
    target += 1;
    return user.install(['--target', `t${target}`, ...(names.length > 0 ? names : ['vetted'])], extra);
  };
  const vettings = () => cloud.requests.filter((one) => /StartExecution|DynamoDB_.* request#/.test(one));

  test('a valid token: nothing is requested', async () => {
    expect((await install()).exitCode).toBe(0);
    expect(vettings()).toEqual([]);
  });

  test.each([401, 404] as const)('an expired token, answered %i: awspip renews it', async (status) => {
    await install();
    cloud.faults.staleTokens = new Set([await currentToken()]);
    cloud.faults.staleStatus = status;
    const { exitCode, stderr } = await install();
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(vettings()).toEqual([]);
  });

  /** Returns the newest token. */
  async function currentToken(): Promise<string> {
    const folder = user.path('state', 'tokens');
    const texts = await Promise.all((await readdir(folder)).map((name) => readFile(`${folder}/${name}`, 'utf8')));
    return texts.flatMap((text) => /token-\d+/.exec(text) ?? []).at(0) ?? '';
  }

  test('an expired token from a variable, answered 404: 77, and nothing is requested', async () => {
    cloud.faults.staleTokens.add('given');
    const { exitCode, stderr } = await install({ CODEARTIFACT_AUTH_TOKEN: 'given' });
    expect(exitCode).toBe(77);
    expect(stderr).toContain('CODEARTIFACT_AUTH_TOKEN` has expired');
    expect(vettings()).toEqual([]);
  });

  test('a deleted repository, answered 404: 78, and nothing is requested', async () => {
    await install();
    cloud.faults.apiErrors.GetRepositoryEndpoint = 'ResourceNotFoundException';
    cloud.faults.pageStatus = 404;
    const { exitCode, stderr } = await install();
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining('has no repository `secure-pypi`')]);
    expect(vettings()).toEqual([]);
  });

  test('a missing project: vetting is requested after the endpoint was checked', async () => {
    const { exitCode, stderr } = await install({}, 'unvetted');
    expect(exitCode).toBe(77); // The test double denies access to the table.
    expect(stderr).toContain('unvetted is not vetted yet');
    const order = cloud.requests.filter((one) => /endpoint|StartExecution|DynamoDB_.* request#/.test(one));
    expect(order[0]).toContain('/v1/repository/endpoint');
    expect(vettings()).not.toEqual([]);
  });
});

describe('a build server', () => {
  let packageIndex: PackageIndex;
  let user: Sandbox;
  beforeAll(async () => {
    packageIndex = await startPackageIndex();
    user = await sandbox({ ...packageIndex.environment, PIP_QUIET: '1' });
    packageIndex.publish('requests', '1.0', wheel({ name: 'requests', version: '1.0' }));
  });
  afterAll(async () => {
    await user.remove();
    await packageIndex.close();
  });

  test('gets a group, an annotation and a summary', async () => {
    const summary = user.path('summary.md');
    await writeFile(summary, 'of an earlier step\n');
    const server = { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const { exitCode, stderr } = await user.run(['install', '--target', 'x', 'reqeusts'], server);
    expect(exitCode).toBe(12);
    expect(stderr).toMatch(/^::group::awspip: vetting reqeusts\n(awspip: .*\n)+::endgroup::$/m);
    expect(stderr).toMatch(
      /^::error title=awspip%3A unknown-project::`reqeusts` was not found.*did you mean `requests`/m,
    );
    expect(await readFile(summary, 'utf8')).toMatch(/^of an earlier step\n### awspip: exit code 12\n/);
    const gitlab = await user.run(['install', '--target', 'x', 'reqeusts'], { CI: 'true', GITLAB_CI: 'true' });
    expect(gitlab.stderr).toMatch(/section_start:\d+:(awspip_vetting_\w+)\r.*section_end:\d+:\1\r/s);
  });

  test('also gets them for wrong settings', async () => {
    const summary = user.path('settings.md');
    const server = { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, AWSPIP_STACK: undefined };
    const { exitCode, stderr, report } = await user.install(['requests'], server);
    expect([exitCode, report.exitCode]).toEqual([78, 78]);
    expect(stderr).toMatch(/^::error title=awspip%3A stack-unclear::.*`AWSPIP_STACK=local`/m);
    expect(await readFile(summary, 'utf8')).toContain('| stack-unclear |');
  });
});
