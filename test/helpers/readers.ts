import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bin, type CommandResult, sandbox, startProcess } from './awspip.ts';
import { wheel } from './distributions.ts';
import { type Facts, type PackageIndex, startPackageIndex } from './package-index.ts';

/** Readers of the documents. They share one local stack, where each has a domain of their own because of their index. */
export type Readers = {
  /** Runs a script with `bash -e` for one more reader: an empty folder, a home folder and a virtual environment. */
  run(script: string): Promise<CommandResult>;
  close(): Promise<void>;
};

/** Prepares the local stack, and `awspip` on PATH. */
export async function openReaders(): Promise<Readers> {
  const host = await sandbox({ LC_ALL: 'C.UTF-8' });
  const indexes: PackageIndex[] = [];
  await mkdir(host.path('bin'));
  await writeFile(host.path('bin', 'awspip'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 });
  return {
    async run(script) {
      const packageIndex = await startPackageIndex();
      indexes.push(packageIndex);
      publish(packageIndex);
      const home = host.path(`reader-${indexes.length}`);
      const folder = path.join(home, 'work');
      await mkdir(folder, { recursive: true });
      const [scriptFile, environment] = [path.join(home, 'document'), path.join(home, 'environment')];
      await writeFile(scriptFile, script);
      await createEnvironment(environment);
      const variables = {
        ...host.environment,
        ...packageIndex.environment,
        HOME: home,
        XDG_CONFIG_HOME: path.join(home, '.config'),
        // As for a person who has set nothing.
        AWSPIP_STACK: undefined,
        SHELL: 'bash',
        FORCE_COLOR: '1',
        VIRTUAL_ENV: environment,
        PATH: [path.join(environment, 'bin'), host.path('bin'), host.environment.PATH].join(path.delimiter),
      };
      return startProcess('bash', ['-e', scriptFile], variables, folder).ended;
    },
    async close() {
      await host.remove();
      await Promise.all(indexes.map((each) => each.close()));
    },
  };
}

/** Creates a virtual environment with the pip of `python3`. Linking it takes a tenth of the time of installing it. */
async function createEnvironment(folder: string): Promise<void> {
  const run = promisify(execFile);
  await run('python3', ['-m', 'venv', '--without-pip', folder]);
  const { stdout } = await run('python3', [
    '-c',
    'import os, pip; print(os.path.dirname(os.path.dirname(pip.__file__)))',
  ]);
  const from = stdout.trim();
  const [python = ''] = await readdir(path.join(folder, 'lib'));
  const names = (await readdir(from)).filter((name) => /^pip(?:$|-.*-info$)/.test(name));
  for (const name of names) {
    await symlink(path.join(from, name), path.join(folder, 'lib', python, 'site-packages', name));
  }
}

/** Publishes the releases that the documents name. */
function publish(packageIndex: PackageIndex): void {
  const release = (name: string, version: string, facts?: Facts, requires: readonly string[] = []) =>
    packageIndex.publish(name, version, wheel({ name, version, requires: [...requires] }), facts);
  release('certifi', '2026.7.22');
  release('charset-normalizer', '3.4.9');
  release('idna', '3.18');
  release('urllib3', '2.7.0');
  release('requests', '2.34.2', {}, ['certifi>=2017', 'charset-normalizer>=2,<4', 'idna>=2.5', 'urllib3>=1.21']);
  // `awspip doctor` asks every source for pip.
  release('pip', '26.2');
  release('rich', '14.3.3');
  release('rich', '15.0.0', { uploadTime: new Date(Date.now() - 3_600_000).toISOString() });
  release('request2', '0.2', {
    ...{ downloads: 120, repository: false, olderVersions: 0, uploadTime: '2021-10-01T00:00:00Z' },
  });
}
