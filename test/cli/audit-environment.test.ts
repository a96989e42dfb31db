import { execFile } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { cyclonedxViolations } from '../helpers/json-schemas.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox(packageIndex.environment);
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

test('an environment is audited, and its bill of materials has the verdicts', async () => {
  const fine = wheel({ name: 'fine', version: '0.2', requires: [] });
  packageIndex.publish('fine', '0.2', fine, {});
  await promisify(execFile)('python3', ['-m', 'venv', '--without-pip', user.path('env')]);
  const [python = ''] = await readdir(user.path('env/lib'));
  const site = user.path('env/lib', python, 'site-packages');
  expect((await user.install(['--target', site, 'fine'])).exitCode).toBe(0);
  const audit = async (...flags: readonly string[]) => {
    const ran = await user.run(['audit-environment', '--python', 'env', '--json', ...flags]);
    return { ...ran, document: JSON.parse(ran.stdout) };
  };
  const clean = await audit();
  expect(clean).toMatchObject({
    exitCode: 0,
    document: { packages: [{ name: 'fine', state: 'vetted', findings: [] }] },
  });

  await mkdir(`${site}/stray-1.0.dist-info`);
  await writeFile(`${site}/stray-1.0.dist-info/METADATA`, 'Name: stray\nVersion: 1.0\nLicense-Expression: MIT\n\n');
  await appendFile(`${site}/fine-0.2.dist-info/METADATA`, 'changed\n');
  const found = await audit('--no-feeds');
  expect(found).toMatchObject({
    exitCode: 10,
    document: {
      reason: 'blocked',
      packages: [
        { name: 'fine', state: 'changed-files' },
        { name: 'stray', state: 'unvetted' },
      ],
    },
  });

  const written = await user.run(['sbom', '--python', 'env/bin/python', '--attest', '--output', 'statement.json']);
  expect(written).toMatchObject({ exitCode: 0, stdout: '' });
  const statement = JSON.parse(await readFile(user.path('statement.json'), 'utf8'));
  expect(statement.subject).toEqual([{ name: 'pkg:pypi/fine@0.2', digest: { sha256: fine.sha256 } }]);
  expect(cyclonedxViolations(statement.predicate)).toEqual([]);
  expect(statement.predicate.components[1]).toMatchObject({ name: 'stray', licenses: [{ expression: 'MIT' }] });

  const unusable = await user.run(['audit-environment', '--python', 'no-such-python']);
  expect(unusable).toMatchObject({ exitCode: 78, stdout: '' });
});
