import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startFakeAws } from '../helpers/aws/fake-aws.ts';
import { buildProbe, type Home, temporaryHome } from '../helpers/aws/temporary-home.ts';
import { startProcess } from '../helpers/awspip.ts';
import { type AwsPython, awsPython } from '../local/support/python.ts';

let probe: string;
let awsCliPython: AwsPython;
let cloud: Awaited<ReturnType<typeof startFakeAws>>;
let home: Home;
beforeAll(async () => {
  [probe, awsCliPython, cloud] = await Promise.all([buildProbe(), awsPython(), startFakeAws()]);
}, 300_000);
afterAll(() => cloud.close());
beforeEach(async () => {
  home = await temporaryHome(probe);
  cloud.requests.length = 0;
  await home.write('.aws/config', config);
});
afterEach(() => home.remove());

const serial = 'arn:aws:iam::111122223333:mfa/ünal';
const config = `
[profile source]
region = eu-west-1
aws_access_key_id = AKIASOURCE
aws_secret_access_key = x
[profile role]
region = eu-west-1
role_arn = arn:aws:iam::111122223333:role/dev
source_profile = source
external_id = for you
[profile named]
region = eu-west-1
role_arn = arn:aws:iam::111122223333:role/named
source_profile = source
role_session_name = me
duration_seconds = 1800
[profile mfa]
region = eu-west-1
role_arn = arn:aws:iam::111122223333:role/guarded
source_profile = source
mfa_serial = ${serial}
`;

const environment = (AWS_PROFILE: string) => ({ AWS_PROFILE, AWS_ENDPOINT_URL: cloud.url });

async function awsCli(profile: string): Promise<string> {
  if (!('python' in awsCliPython)) throw new Error(awsCliPython.reason);
  const argv = ['-m', 'awscli', 'sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text'];
  const started = startProcess(awsCliPython.python, argv, home.environment(environment(profile)), home.folder);
  const { stdout, stderr } = await started.ended;
  return stdout.trim() || stderr;
}

/** Runs a Node script in a pseudo-terminal, types one line at the MFA prompt, and returns the output. */
async function runInTerminal(argv: readonly string[], input: string, variables: Record<string, string>) {
  const script = `
import os, pty, sys
answer = sys.argv[1].encode()
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
output = b''
answered = False
while True:
    try:
        chunk = os.read(terminal, 4096)
    except OSError:
        break
    if not chunk:
        break
    output += chunk
    if b'MFA code' in output and not answered:
        answered = True
        os.write(terminal, answer + b'\\r')
os.waitpid(pid, 0)
sys.stdout.buffer.write(output)
`;
  await writeFile(path.join(home.folder, 'terminal.py'), script);
  const command = [path.join(home.folder, 'terminal.py'), input, process.execPath, ...argv];
  const { stdout } = await startProcess('python3', command, home.environment(variables), home.folder).ended;
  return stdout;
}

test('a role is assumed once and stored in the AWS CLI’s cache with mode 0600', async () => {
  expect(await home.run(environment('role'))).toEqual({ answer: 'token of ASIAdev', stderr: '' });
  expect(await home.run(environment('role'))).toEqual({ answer: 'token of ASIAdev', stderr: '' });
  expect(cloud.operations()).toEqual(['AssumeRole', 'POST /v1/authorization-token', 'POST /v1/authorization-token']);
  expect(cloud.requests[0]).toMatchObject({ accessKeyId: 'AKIASOURCE', region: 'eu-west-1' });
  expect(cloud.requests[0]?.body).toContain('ExternalId=for%20you');
  const [file = ''] = await readdir(path.join(home.folder, '.aws/cli/cache'));
  expect((await stat(path.join(home.folder, '.aws/cli/cache', file))).mode & 0o777).toBe(0o600);
});

test('awspip and the AWS CLI reuse each other’s sessions', async ({ skip }) => {
  if (!('python' in awsCliPython)) return skip(awsCliPython.reason);
  for (const [profile, first, second] of [
    ['role', awsCli, awspip],
    ['named', awspip, awsCli],
  ] as const) {
    cloud.requests.length = 0;
    expect(await first(profile)).toContain(profile === 'role' ? 'ASIAdev' : 'ASIAnamed');
    expect(await second(profile)).toContain(profile === 'role' ? 'ASIAdev' : 'ASIAnamed');
    expect(cloud.operations().filter((what) => what === 'AssumeRole')).toHaveLength(1);
  }
});

async function awspip(profile: string): Promise<string> {
  return JSON.stringify(await home.run(environment(profile)));
}

test('a session that expires within 15 minutes and an invalid cache file are not used', async () => {
  await home.run(environment('role'));
  const folder = path.join(home.folder, '.aws/cli/cache');
  const [file = ''] = await readdir(folder);
  const entry = JSON.parse(await readFile(path.join(folder, file), 'utf8'));
  entry.Credentials.Expiration = `${new Date(Date.now() + 14 * 60_000).toISOString().slice(0, 19)}UTC`;
  for (const text of [JSON.stringify(entry), '{"Credentials":', '{}', '[]']) {
    await writeFile(path.join(folder, file), text);
    cloud.requests.length = 0;
    expect(await home.run(environment('role'))).toMatchObject({ answer: 'token of ASIAdev' });
    expect(cloud.operations()).toContain('AssumeRole');
  }
});

test('without a terminal for the MFA code, the hint is a command that asks for it', async () => {
  const { error } = await home.run(environment('mfa'));
  expect(error).toMatchObject({ code: 'mfa-needed', exit: 'denied' });
  expect(error?.message).toContain(serial);
  expect(error?.hint).toContain('aws sts get-caller-identity --profile mfa');
  expect(cloud.requests).toEqual([]);
});

test('on a terminal, the MFA code is asked for once, without echo, and the session is cached', async () => {
  const output = await runInTerminal([probe], '123456', environment('mfa'));
  expect(output).toContain(`Enter MFA code for ${serial}: `);
  expect(output).toContain('token of ASIAguarded');
  expect(output).not.toContain('123456');
  expect(cloud.requests[0]?.body).toContain('TokenCode=123456');
  expect(await home.run(environment('mfa'))).toMatchObject({ answer: 'token of ASIAguarded' });
  expect(cloud.operations().filter((what) => what === 'AssumeRole')).toHaveLength(1);
});

test('Ctrl-C at the MFA prompt exits with `interrupted`', async () => {
  const output = await runInTerminal([probe], '\u0003', environment('mfa'));
  expect(output).toContain('"exit":"interrupted"');
  expect(cloud.requests).toEqual([]);
});
