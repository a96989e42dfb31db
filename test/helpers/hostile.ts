import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Distribution, sdist, wheel } from './distributions.ts';

/** A server that nobody is to reach, and things on disk that nobody is to build or install. */
export type Hostile = {
  readonly origin: string;
  /** Every request that reached it: empty at the end of a good day. */
  readonly requests: string[];
  /** What lies on disk. */
  readonly files: {
    readonly wheel: string;
    readonly sdist: string;
    /** Holds both, as a `--find-links` folder would. */
    readonly folder: string;
    /** A project that builds. */
    readonly project: string;
    /** A git repository with that project. */
    readonly repository: string;
  };
  /** Whether any code of the project was run. */
  ran(): boolean;
  close(): Promise<void>;
};

/** Everything is called `evil` and has version 99; whatever is asked of the server, it has it. */
export async function openHostile(folder: string, name = 'evil'): Promise<Hostile> {
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
    files: layOut(path.join(folder, 'evil'), name, script, archive, source),
    ran: () => existsSync(mark),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function layOut(folder: string, name: string, script: string, archive: Distribution, source: Distribution) {
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
