import { execFile, spawnSync } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { candidates } from '../../src/index/candidates.ts';
import { normaliseName } from '../../src/index/names.ts';
import { chooseSimpleFormat, renderSimplePage } from '../../src/index/simple-page.ts';
import type { IndexFile, TargetEnvironment } from '../../src/index/types.ts';
import { matching } from '../../src/index/versions.ts';
import { representatives } from '../helpers/long-form.ts';

const python = process.env.TEST_PYTHON ?? 'python3';
const probeScript = `import json,platform,sysconfig
from pip._vendor.packaging.markers import default_environment
name,version=platform.libc_ver()
print(json.dumps({"markers":default_environment(),"implementation":default_environment()["implementation_name"],
"platform":sysconfig.get_platform().replace("-","_").replace(".","_"),
**({"libc":{"name":"glibc","version":version}} if name=="glibc" else {})}))`;
const probeResult = spawnSync(python, ['-I', '-c', probeScript]);
const environment: TargetEnvironment | undefined =
  probeResult.status === 0 ? JSON.parse(probeResult.stdout.toString()) : undefined;

const name = normaliseName('demo');
const pythonDigits = environment?.markers.python_version?.replace('.', '') ?? '';
const [sdist, pure, abi3, native, old] = [
  'demo-1.0.tar.gz',
  'demo-1.0-py3-none-any.whl',
  `demo-1.0-cp37-abi3-${environment?.platform}.whl`,
  `demo-1.0-cp${pythonDigits}-cp${pythonDigits}-${environment?.platform}.whl`,
  'demo-0.9-py3-none-any.whl',
];
const manylinux = `demo-1.0-cp${pythonDigits}-cp${pythonDigits}-manylinux2014_x86_64.whl`;
const fileOf = (filename: string, extraArguments: Partial<IndexFile> = {}): IndexFile => ({
  filename,
  url: '',
  hashes: { sha256: 'ab'.repeat(32) },
  yanked: false,
  ...extraArguments,
});

type Case = {
  title: string;
  files: (string | IndexFile)[];
  arguments?: string[];
  onlyBinary?: string[];
  noBinary?: string[];
  pre?: boolean;
};
const cases: Case[] = [
  { title: 'a native wheel', files: [sdist, pure, abi3, native, old] },
  { title: 'an older platform tag', files: [pure, manylinux, abi3, sdist] },
  { title: 'abi3 rather than pure', files: [sdist, abi3, pure] },
  { title: 'a pure wheel rather than an sdist', files: [pure, sdist] },
  { title: 'the newer release even as an sdist', files: [old, sdist] },
  { title: 'a build number', files: ['demo-1.0-3-py3-none-any.whl', 'demo-1.0-20-py3-none-any.whl', pure] },
  { title: 'no pre-release while there is a final one', files: ['demo-1.1rc1.tar.gz', sdist] },
  { title: 'a pre-release when requested', files: ['demo-1.1rc1.tar.gz', sdist], arguments: ['--pre'], pre: true },
  { title: 'a pre-release when there is nothing else', files: ['demo-1.1rc1.tar.gz', 'demo-1.1b9.tar.gz'] },
  { title: 'nothing yanked', files: [fileOf('demo-1.1.tar.gz', { yanked: 'broken' }), sdist] },
  { title: 'no other Python', files: [fileOf('demo-1.1.tar.gz', { requiresPython: '<3' }), sdist] },
  { title: 'a post release and an epoch', files: [sdist, 'demo-1.0.post1.tar.gz', 'demo-1!0.1.tar.gz'] },
  {
    title: 'wheels only',
    files: ['demo-1.1.tar.gz', pure],
    arguments: ['--only-binary', ':all:'],
    onlyBinary: [':all:'],
  },
  { title: 'sdists only', files: [pure, sdist], arguments: ['--no-binary', 'demo'], noBinary: ['demo'] },
  {
    title: 'no other project and no unknown file',
    files: ['demo-extra-9.tar.gz', 'demo-latest.zip', 'demo-9.exe', sdist],
  },
  { title: 'a local version', files: ['demo-1.0+cu118-py3-none-any.whl', pure] },
];

function choose({ files, onlyBinary = [], noBinary = [], pre = false }: Case): string | undefined {
  if (environment === undefined) throw new Error('no Python');
  const page = { name, files: files.map((each) => (typeof each === 'string' ? fileOf(each) : each)) };
  const usable = candidates(page, environment, { onlyBinary, noBinary }).filter(({ best, yanked }) => best && !yanked);
  const [version] = matching(
    usable.map((each) => each.version),
    '',
    { prereleases: pre },
  );
  return usable.find((each) => each.version === version)?.best?.file.filename;
}

/** Returns the file that pip chooses: the first one that it requests. */
async function chosenByPip({ files, arguments: extraArguments = [] }: Case): Promise<string | undefined> {
  const requestedFiles: string[] = [];
  const page = { name, files: files.map((each) => (typeof each === 'string' ? fileOf(each) : each)) };
  const respond: RequestListener = (request, response) => {
    if (request.url !== '/simple/demo/') {
      requestedFiles.push(decodeURIComponent(request.url?.split('/').at(-1) ?? ''));
      return response.writeHead(404).end();
    }
    const format = chooseSimpleFormat(request.headers.accept) ?? 'html';
    const { contentType, body } = renderSimplePage(
      page,
      format,
      ({ filename }) => `/files/${encodeURIComponent(filename)}`,
    );
    return response.writeHead(200, { 'content-type': contentType }).end(body);
  };
  const server = createServer(respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
  const pipArguments = [
    '-I',
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--no-cache-dir',
    '-d',
    path.join(tmpdir(), 'unused'),
    '-i',
    index,
    ...extraArguments,
    'demo',
  ];
  const env = {
    PATH: process.env.PATH ?? '',
    PIP_CONFIG_FILE: devNull,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    NO_PROXY: '*',
    no_proxy: '*',
  };
  await new Promise<void>((resolve) => void execFile(python, pipArguments, { env }, () => resolve()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return requestedFiles[0];
}

/** In CI every second case, because each starts pip. */
const chosen = representatives(cases, (one) => String(Math.floor(cases.indexOf(one) / 2)));

test.skipIf(environment === undefined).each(chosen)('pip chooses the predicted file: $title', async (each) => {
  const predicted = choose(each);
  expect(predicted).toBeDefined();
  expect(await chosenByPip(each)).toBe(predicted);
});
