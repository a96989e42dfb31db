import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, wheel } from '../helpers/distributions.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { controlC, onTerminal } from '../helpers/terminal.ts';

/** What a build finds. Each entry is a list, so that an empty one means nothing. */
type Findings = Readonly<Record<'aws' | 'secrets' | 'variables' | 'commands' | 'network' | 'descriptors', string[]>>;

/** Why the sandbox cannot run here, if it cannot. */
function reasonToSkip(): string | undefined {
  try {
    const all = ['--bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--unshare-pid', '--unshare-net'];
    execFileSync('bwrap', [...all, '/bin/sh', '-c', ':'], { stdio: ['ignore', 'ignore', 'pipe'] });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n').slice(0, 2).join(' ') : String(error);
  }
}
const unavailable = reasonToSkip();
const sandboxTest = (name: string, run: () => Promise<void>) =>
  test(name, async ({ skip }) => {
    if (unavailable !== undefined) skip(`the sandbox cannot run here: ${unavailable}`);
    await run();
  });

/** Looks for everything that `SECURITY.md` lists, as a build of a vetted package could. */
const probe = `
import glob, json, os, socket, urllib.request
def text(file):
    try: return open(file, errors='replace').read()
    except OSError: return ''
home, state, reached = os.environ['HOME'], os.environ['PROBE_STATE'], os.environ['PROBE_SERVER']
processes = [folder for folder in glob.glob('/proc/[0-9]*')]
def ask(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try: return [opener.open(url, timeout=2).read().decode()]
    except OSError: return []
findings = {
    'aws': [found for found in [text(home + '/.aws/credentials')] if found],
    'secrets': [file for file in glob.glob(state + '/**', recursive=True) if file.endswith(('secret', '.json')) and text(file)],
    'variables': [folder for folder in processes if 'top-s3cret' in text(folder + '/environ')],
    'commands': [text(folder + '/cmdline') for folder in processes if 'awspip.js' in text(folder + '/cmdline')],
    'network': ask(reached),
    'descriptors': [link for fd in os.listdir('/proc/self/fd') if int(fd) > 2 for link in [os.readlink('/proc/self/fd/' + fd) if os.path.islink('/proc/self/fd/' + fd) else ''] if 'socket' in link],
}
with open(os.environ['PROBE_FILE'], 'w') as file: json.dump(findings, file)
`;

/** Types into the terminal as a program with a terminal can, writes what came of it, and waits. */
const slowProbe = `
import errno, fcntl, os, termios, time
try:
    with open('/dev/tty', 'rb') as terminal: fcntl.ioctl(terminal, termios.TIOCSTI, b'#')
    result = 'typed'
except OSError as error: result = errno.errorcode[error.errno]
columns = os.get_terminal_size(os.open('/dev/tty', os.O_RDWR)).columns
with open(os.environ['PROBE_FILE'] + '.new', 'w') as file: file.write('%s, %d columns' % (result, columns))
os.rename(os.environ['PROBE_FILE'] + '.new', os.environ['PROBE_FILE'])
time.sleep(40)
`;

const stage = indexWithUser();
const server = createServer((_, response) => response.end('reached'));

beforeAll(async () => {
  const { user, packageIndex } = stage;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  packageIndex.publish('plain', '1.0', wheel({ name: 'plain', version: '1.0' }));
  await mkdir(user.path('.aws'));
  await writeFile(user.path('.aws', 'credentials'), '[default]\naws_secret_access_key = top-s3cret\n');
  await project('project', probe);
  await project('slow', slowProbe);
  Object.assign(user.environment, {
    AWS_SECRET_ACCESS_KEY: 'top-s3cret',
    AWSPIP_OPEN: `${user.path('project')},${user.path('slow')}`,
    PROBE_STATE: user.path('state'),
    PROBE_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  });
});
afterAll(() => void server.close());

/** Writes a project whose build runs a script. */
async function project(folder: string, script: string): Promise<void> {
  const { user } = stage;
  const facts = { name: 'probe', version: '1.0', requires: ['plain'] };
  await mkdir(user.path(folder, 'probe'), { recursive: true });
  const build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n';
  const metadata = '[project]\nname = "probe"\nversion = "1.0"\ndependencies = ["plain"]\n';
  await writeFile(user.path(folder, 'pyproject.toml'), build + metadata);
  await writeFile(user.path(folder, 'backend.py'), backend(facts, script));
  await writeFile(user.path(folder, 'probe', '__init__.py'), '');
}

async function findingsOf(argv: readonly string[]): Promise<Findings> {
  const { user } = stage;
  const file = user.path(`${argv.length}-${argv.join('-').replace(/\W/g, '')}.json`);
  const { exitCode, stderr } = await user.run(argv, { PROBE_FILE: file });
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(await readFile(file, 'utf8')) as Findings;
}

sandboxTest(
  'in the sandbox, a build finds no credentials, no secret of awspip, no other process and no network',
  async () => {
    const found = await findingsOf(['install', '--awspip-sandbox=on', '--target', 'on', './project']);
    expect(found).toEqual({ aws: [], secrets: [], variables: [], commands: [], network: [], descriptors: [] });
    expect(await readFile(stage.user.path('on', 'plain', '__init__.py'), 'utf8')).toContain('1.0');
  },
);

test('without it, a build finds files and loopback as its user does, but not the variables of awspip', async () => {
  const found = await findingsOf(['install', '--target', 'off', './project']);
  expect(found.aws).toEqual([expect.stringContaining('top-s3cret')]);
  expect(found.secrets).toContainEqual(expect.stringMatching(/stack-.*secret$/));
  expect(found.network).toEqual(['reached']);
  expect(found.commands).toContainEqual(expect.stringContaining('install'));
  if (process.platform === 'linux') expect(found.variables).toEqual([]);
});

sandboxTest(
  'in the sandbox, a build sees the terminal and cannot type into it, and Ctrl-C ends pip and every build',
  async () => {
    const { user } = stage;
    const file = user.path('terminal');
    const argv = ['install', '--awspip-sandbox=on', '--target', 'slow-target', './slow'];
    const { exitCode, text } = await onTerminal(user, argv, {
      columns: 91,
      environment: { PROBE_FILE: file },
      steps: [{ file, type: controlC }],
    });
    expect([exitCode, await readFile(file, 'utf8')]).toEqual([130, 'EPERM, 91 columns']);
    expect(text).toContain('Operation cancelled by user');
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`--tmpfs ${user.path('state')}`);
  },
);

test('where it cannot start, `on` ends before pip runs, and `auto` runs pip and says so', async () => {
  const { user } = stage;
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  const variables = { PATH: user.path('no-programs'), AWSPIP_PYTHON: python };
  const install = (mode: string) =>
    user.run(['install', `--awspip-sandbox=${mode}`, '--no-deps', '--target', `none-${mode}`, 'plain'], variables);
  const on = await install('on');
  expect([on.exitCode, on.stdout]).toEqual([78, '']);
  expect(on.stderr).toMatch(/^awspip: the sandbox needs (?:bubblewrap|Linux).*\n\nhint: /);
  const auto = await install('auto');
  expect([auto.exitCode, auto.stderr]).toEqual([
    0,
    expect.stringContaining('builds run without the sandbox: the sandbox needs'),
  ]);
});
