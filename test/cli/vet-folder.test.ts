import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox, until } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let user: Sandbox;

const suspicious = { downloads: 120, repository: false, olderVersions: 0, uploadTime: '2021-10-01T00:00:00Z' };
const pin = (version: string) =>
  `[[package]]\nname = "fine"\nversion = "${version}"\nsource = { registry = "https://pypi.org/simple" }\n`;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox(packageIndex.environment);
  const publish = (name: string, version: string, facts = {}) =>
    packageIndex.publish(name, version, wheel({ name, version, requires: [] }), facts);
  publish('fine', '0.1');
  publish('fine', '0.2');
  publish('shady', '0.2', suspicious);
  const files = {
    'a/requirements.txt': 'fine==0.1\n',
    'b/requirements/dev.txt': '-c constraints.txt\nfine==0.2\n',
    'b/requirements/constraints.txt': 'fine<9\n',
    'c/pyproject.toml': '[project]\nname = "c"\nversion = "1"\ndependencies = ["fine==0.2", "shady"]\n',
    'd/uv.lock': `${pin('0.1')}\n${pin('0.2')}`,
    'e/requirements.txt': 'fine==0.1\n',
    'f/requirements.txt': 'fine @ git+https://example.org/fine.git\n',
    'node_modules/x/requirements.txt': 'surely-no-such-project\n',
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(user.path('repositories', file)), { recursive: true });
    await writeFile(user.path('repositories', file), text);
  }
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

test('vet --all vets each file below a folder, can be interrupted, and redoes nothing that is vetted', async () => {
  const release = packageIndex.delayRequests('fine');
  const interrupted = user.start(['vet', '--all', 'repositories']);
  await until('the first files to be vetted', async () => interrupted.stderr().includes('vetting 6 files'));
  process.kill(interrupted.pid, 'SIGINT');
  const ended = await interrupted.ended;
  release();
  expect(ended.exitCode).toBe(130);
  expect(ended.stdout).toMatch(/^file +packages {2}vetted {2}on hold {2}blocked {2}failed$/m);
  expect(ended.stdout).toMatch(/^d\/uv\.lock +0 .* interrupted$/m);

  const first = await user.run(['vet', '--all', 'repositories', '--json']);
  const { exitCode, vetted, files } = JSON.parse(first.stdout);
  expect({ code: first.exitCode, exitCode, vetted }).toEqual({ code: 10, exitCode: 10, vetted: 2 });
  expect(files).toMatchObject([
    { file: 'a/requirements.txt', exitCode: 0, packages: 1, vetted: 1 },
    { file: 'b/requirements/dev.txt', exitCode: 0, packages: 1, vetted: 1 },
    // The allowed requirement of a file with a blocked one is vetted nevertheless.
    { file: 'c/pyproject.toml', exitCode: 10, packages: 2, vetted: 1, blocked: 1 },
    { file: 'd/uv.lock', exitCode: 0, packages: 2, vetted: 2, requirements: [{ line: 2 }, { line: 7 }] },
    { file: 'e/requirements.txt', exitCode: 0, sameAs: 'a/requirements.txt' },
    { file: 'f/requirements.txt', exitCode: 64, error: { code: 'source-not-vetted' } },
  ]);
  expect(first.stderr).toMatch(/6 of 6 files: .*; 2 packages vetted so far\n/);

  const asked = packageIndex.requests.length;
  const second = JSON.parse((await user.run(['vet', '--all', 'repositories', '--json'])).stdout);
  const attempts = (list: typeof files) =>
    list.filter((file: { exitCode: number }) => file.exitCode === 0).map((file: { attempt: number }) => file.attempt);
  expect(attempts(second.files)).toEqual(attempts(files));
  // Only the file with a blocked release is requested again, because its verdict may change.
  expect(packageIndex.requests.slice(asked).filter((request) => request.includes('fine-0.1'))).toEqual([]);

  const rejected = await user.run(['vet', '--all', 'repositories', 'fine']);
  expect(rejected).toMatchObject({ exitCode: 64, stdout: '' });
  expect(await user.run(['vet', '--all', 'no-such-folder'])).toMatchObject({ exitCode: 64, stdout: '' });
});
