import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Distribution, sdist, wheel } from './distributions.ts';

/** An unvetted index that awspip must not contact, and distributions on disk that it must not build or install. */
export type HostileIndex = {
  readonly origin: string;
  /** Every request that reached the index. */
  readonly requests: string[];
  /** The paths of the distributions on disk. */
  readonly files: {
    readonly wheel: string;
    readonly sdist: string;
    /** A `--find-links` folder with the wheel and the sdist. */
    readonly folder: string;
    /** The source folder of a project. */
    readonly project: string;
    /** A Git repository with that project. */
    readonly repository: string;
  };
  /** Returns whether any code of the project ran. */
  ran(): boolean;
  close(): Promise<void>;
};

/** Starts the index, which serves version 99 of any requested project, and creates the distributions. */
export async function openHostileIndex(folder: string, name = 'evil'): Promise<HostileIndex> {
  const requests: string[] = [];
  const mark = path.join(folder, 'evil-ran');
  const script = `open(${JSON.stringify(mark)}, 'a').write('ran ')`;
  const archive = wheel({ name, version: '99.0' });
  const source = await sdist({ name, version: '99.0', buildScript: script });
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const { url = '' } = request;
    if (url.endsWith('.whl')) return void response.end(archive.bytes);
    if (url.endsWith('.tar.gz')) return void response.end(source.bytes);
    if (url.endsWith('.txt')) return void response.end(`${name}\n`);
    const links = [archive, source].map(({ filename }) => `<a href="/files/${filename}">${filename}</a>`).join('\n');
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<html><body>${links}</body></html>`);
  });
  server.on('connect', (request, socket) => {
    requests.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    files: createFiles(path.join(folder, 'evil'), name, script, archive, source),
    ran: () => existsSync(mark),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createFiles(folder: string, name: string, script: string, archive: Distribution, source: Distribution) {
  const links = path.join(folder, 'links');
  const project = path.join(folder, 'project');
  mkdirSync(links, { recursive: true });
  mkdirSync(project, { recursive: true });
  for (const { filename, bytes } of [archive, source]) writeFileSync(path.join(links, filename), bytes);
  const setup = `${script}\nfrom setuptools import setup\nsetup(name='${name}', version='99.0', py_modules=[])\n`;
  writeFileSync(path.join(project, 'setup.py'), setup);
  const git = (...argv: string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...argv], { cwd: project });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'evil');
  return {
    wheel: path.join(links, archive.filename),
    sdist: path.join(links, source.filename),
    folder: links,
    project,
    repository: project,
  };
}
