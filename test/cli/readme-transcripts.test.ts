import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bin, type Sandbox, sandbox, startProcess } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { shownTranscripts } from '../helpers/generated-parts.ts';
import { type Facts, type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { difference, readTranscript } from '../helpers/transcript.ts';

let packageIndex: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  publish();
  user = await sandbox({ ...packageIndex.environment, LC_ALL: 'C.UTF-8' });
  user.environment.PIP_TARGET = user.path('target');
  await mkdir(user.path('bin'));
  await writeFile(user.path('bin', 'awspip'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 });
  user.environment.PATH = `${user.path('bin')}:${user.environment.PATH}`;
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

function publish(): void {
  const release = (name: string, version: string, facts?: Facts, requires: readonly string[] = []) =>
    packageIndex.publish(name, version, wheel({ name, version, requires: [...requires] }), facts);
  release('certifi', '2026.7.22');
  release('charset-normalizer', '3.4.9');
  release('idna', '3.18');
  release('urllib3', '2.7.0');
  release('requests', '2.34.2', {}, ['certifi>=2017', 'charset-normalizer>=2,<4', 'idna>=2.5', 'urllib3>=1.21']);
  release('rich', '14.3.3');
  release('rich', '15.0.0', { uploadTime: new Date(Date.now() - 3_600_000).toISOString() });
  release('request2', '0.2', {
    ...{ downloads: 120, repository: false, olderVersions: 0, uploadTime: '2021-10-01T00:00:00Z' },
  });
}

test.each(readdirSync(shownTranscripts))('awspip prints what the README shows: %s', async (file) => {
  for (const { command, expected } of readTranscript(readFileSync(path.join(shownTranscripts, file), 'utf8'))) {
    const typed = ['-c', `{ ${command}\n} 2>&1`];
    const { stdout } = await startProcess('bash', typed, user.environment, user.folder).ended;
    expect(difference(expected, stdout), `$ ${command}`).toBeUndefined();
  }
});
