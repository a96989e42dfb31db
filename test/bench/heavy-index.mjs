// An index with a project of large wheels, of which only the oldest fits: pip tries all of them.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

const versions = 20;
const wheelBytes = 30_000_000;
const uploadTime = '2024-01-01T00:00:00Z';

/** Writes a wheel for each version: `python3 -c SCRIPT FOLDER VERSIONS BYTES`. */
const script = `
import os, sys, zipfile
folder, versions, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def write(name, version, requires, size):
    info = f'{name}-{version}.dist-info'
    metadata = f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n' + ''.join(f'Requires-Dist: {r}\\n' for r in requires)
    wheel = 'Wheel-Version: 1.0\\nGenerator: bench\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'
    with zipfile.ZipFile(f'{folder}/{name}-{version}-py3-none-any.whl', 'w') as archive:
        for file, data in ((f'{name}/__init__.py', ''), (f'{name}/data.bin', os.urandom(size)), (f'{info}/METADATA', metadata), (f'{info}/WHEEL', wheel)):
            archive.writestr(file, data)
        archive.writestr(f'{info}/RECORD', ''.join(f'{file},,\\n' for file in archive.namelist() + [f'{info}/RECORD']))
for at in range(1, versions + 1):
    write('heavybase', f'{at}.0', [], 1000)
    write('heavytop', f'{at}.0', [f'heavybase=={at}.0'], size)
`;

/**
 * Writes two projects to a folder and serves them as an index. Of `heavytop`, only the oldest release fits the
 * requirements.
 */
export async function startHeavyIndex(folder) {
  execFileSync('python3', ['-c', script, folder, String(versions), String(wheelBytes)]);
  const filenames = readdirSync(folder);
  const pages = new Map(['heavytop', 'heavybase'].map((name) => [name, pageOf(name, folder, filenames)]));
  const server = createServer((request, response) => {
    const [, kind, name] = request.url.split('?')[0].split('/');
    if (kind === 'files' && filenames.includes(name)) return createReadStream(path.join(folder, name)).pipe(response);
    if (kind === 'simple' && pages.has(name)) return sendJson(response, pages.get(name));
    response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const sources = ['PYPI', 'PYPISTATS', 'GITHUB', 'DEPS_DEV', 'OSV'].map((source) => [`AWSPIP_${source}_URL`, origin]);
  return {
    requirements: ['heavytop', 'heavybase==1.0'],
    /** What pip installs for them. */
    solution: ['heavytop==1.0', 'heavybase==1.0'],
    releases: Array.from({ length: versions }, (_, at) => `heavytop==${at + 1}.0`),
    environment: { PIP_INDEX_URL: `${origin}/simple/`, PIP_TRUSTED_HOST: '127.0.0.1', ...Object.fromEntries(sources) },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function pageOf(name, folder, filenames) {
  const files = filenames
    .filter((filename) => filename.startsWith(`${name}-`))
    .map((filename) => ({
      filename,
      url: `/files/${filename}`,
      hashes: {
        sha256: createHash('sha256')
          .update(readFileSync(path.join(folder, filename)))
          .digest('hex'),
      },
      size: statSync(path.join(folder, filename)).size,
      'upload-time': uploadTime,
    }));
  return { meta: { 'api-version': '1.1' }, name, files };
}

function sendJson(response, page) {
  response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end(JSON.stringify(page));
}
