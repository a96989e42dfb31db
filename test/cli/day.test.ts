import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bin, type Sandbox, sandbox, startProcess } from '../helpers/awspip.ts';
import { backend, sdist, wheel } from '../helpers/distributions.ts';
import { runsEveryCase } from '../helpers/long-form.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { difference, readTranscript } from '../helpers/transcript.ts';

const folder = path.resolve(import.meta.dirname, '../fixtures/transcripts');

let packageIndex: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox({ ...packageIndex.environment, AWSPIP_PROGRESS: 'plain', LC_ALL: 'C.UTF-8' });
  await publish();
  // The transcript types `awspip`.
  await mkdir(user.path('bin'));
  await writeFile(user.path('bin', 'awspip'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 });
  user.environment.PATH = `${user.path('bin')}:${user.environment.PATH}`;
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

async function publish(): Promise<void> {
  packageIndex.publish('webby', '3.0', wheel({ name: 'webby', version: '3.0', requires: ['templates>=2', 'foomle'] }));
  packageIndex.publish('templates', '2.1', wheel({ name: 'templates', version: '2.1' }));
  packageIndex.publish('foomle', '8.0', wheel({ name: 'foomle', version: '8.0' }));
  packageIndex.publish('requests', '2.30', wheel({ name: 'requests', version: '2.30' }));
  const twoHoursAgo = new Date(Date.now() - 7_200_000).toISOString();
  packageIndex.publish('requests', '2.31', wheel({ name: 'requests', version: '2.31' }), { uploadTime: twoHoursAgo });
  packageIndex.publish('request2', '0.2', wheel({ name: 'request2', version: '0.2' }), {
    ...{ downloads: 120, repository: false, olderVersions: 0, uploadTime: '2021-10-01T00:00:00Z' },
  });
  packageIndex.publish('oldstyle', '1.0', await sdist({ name: 'oldstyle', version: '1.0' }));
  packageIndex.publish('editables', '0.5', wheel({ name: 'editables', version: '0.5' }));
  packageIndex.publish('pluggy', '1.6', wheel({ name: 'pluggy', version: '1.6' }));
  // The name and the hooks are those of the real backend. It builds only the project of the transcript.
  const build = `${backend({ name: 'own', version: '0.1', requires: ['foomle'] })}
def get_requires_for_build_editable(config_settings=None):
    return ["editables>=0.3"]
`;
  const hatchling = { name: 'hatchling', version: '1.27', requires: ['pluggy'] };
  packageIndex.publish('hatchling', '1.27', wheel({ ...hatchling, files: { 'hatchling/build.py': build } }));
}

/** The other two consist of what README's transcripts, the problems and `review.test.ts` show one by one. */
const transcripts = runsEveryCase ? ['day', 'own-project', 'decisions'] : ['own-project'];

test.each(transcripts)('the commands print what the transcript shows: %s', async (name) => {
  const file = path.join(folder, `${name}.txt`);
  // Only the first start of the local stack is reported, which the day begins with.
  if (name !== 'day') await user.run(['local', 'up']);
  const differences: string[] = [];
  for (const { command, expected, line } of readTranscript(readFileSync(file, 'utf8'))) {
    const { stdout } = await startProcess('bash', ['-c', `{ ${command}\n} 2>&1`], user.environment, user.folder).ended;
    const found = difference(expected, stdout);
    if (found !== undefined) differences.push(`${path.basename(file)}:${line} $ ${command}\n${found}`);
  }
  expect(differences.join('\n\n')).toBe('');
});
