import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * Starts an npm registry on loopback that has only the given packages, and counts what is requested. Each package is a
 * tarball and the `package.json` in it. Every other name is 404.
 *
 * https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 */
export async function startNpmRegistry(packages) {
  const requests = [];
  let url = '';
  const server = createServer((request, response) => {
    // npm encodes only the slash of a scope.
    const path = request.url.slice(1).split('?')[0].replace(/%2f/gi, '/');
    requests.push(path);
    const answer = request.method === 'GET' ? answerTo(path) : undefined;
    if (answer === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Not found"}');
    } else {
      response.writeHead(200, { 'content-type': answer.type, 'content-length': answer.body.length }).end(answer.body);
    }
  });

  function answerTo(path) {
    for (const { manifest, tarball } of packages) {
      if (path === manifest.name)
        return { type: 'application/json', body: Buffer.from(packumentOf(manifest, tarball)) };
      if (path === tarballPath(manifest)) return { type: 'application/octet-stream', body: tarball };
    }
    return undefined;
  }

  function packumentOf(manifest, tarball) {
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const dist = { tarball: `${url}${tarballPath(manifest)}`, integrity };
    const versions = { [manifest.version]: { ...manifest, dist } };
    return JSON.stringify({ name: manifest.name, 'dist-tags': { latest: manifest.version }, versions });
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${server.address().port}/`;
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, requests, close };
}

const tarballPath = ({ name, version }) => `${name}/-/${name.split('/').at(-1)}-${version}.tgz`;
