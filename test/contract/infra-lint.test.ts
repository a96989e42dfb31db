import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import type { OptionInput } from '../../src/infra/options.ts';
import { synthesize } from '../../src/infra/synthesize.ts';
import { representatives } from '../helpers/long-form.ts';

/** Returns cfn-lint in a virtual environment, cached between runs, or why it is unavailable. */
async function cfnLint(): Promise<{ readonly command: string } | { readonly why: string }> {
  const folder = join(tmpdir(), 'awspip-test-cfn-lint');
  const command = join(folder, 'bin', 'cfn-lint');
  const complete = await access(join(folder, 'complete')).then(
    () => true,
    () => false,
  );
  if (complete) return { command };
  await rm(folder, { recursive: true, force: true });
  const created = await execa('python3', ['-m', 'venv', folder], { reject: false });
  if (created.exitCode !== 0) {
    return { why: `the virtual environment could not be created: ${created.stderr ?? created.message}` };
  }
  const install = ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--timeout', '10', 'cfn-lint>=1.40'];
  const installed = await execa(join(folder, 'bin', 'python'), install, { reject: false, timeout: 90_000 });
  if (installed.exitCode !== 0) return { why: 'cfn-lint could not be installed: the package index is unreachable' };
  await writeFile(join(folder, 'complete'), '');
  return { command };
}

const found = await cfnLint();
if ('why' in found) process.stderr.write(`skipped: ${found.why}\n`);
const command = 'why' in found ? '' : found.command;

const templates: [string, OptionInput][] = [
  [
    'own projects, own key, readers of an organization',
    {
      internalNames: ['acme~', 'acme-billing'],
      indexes: [{ url: 'https://download.pytorch.org/whl/cpu', names: ['torch', 'nvidia-*'] }],
      publishers: ['arn:aws:iam::123456789012:role/publish'],
      administrators: ['arn:aws:iam::123456789012:role/Admin*'],
      readerOrganization: 'o-a1b2c3d4e5',
      kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f',
      alarmEmail: 'team@example.com',
      trail: true,
    },
  ],
  [
    'back after a destroy',
    {
      existingDomain: true,
      existingRepositories: true,
      existingTable: true,
      existingPolicyBucket: 'policy-bucket',
      packageGroups: true,
    },
  ],
  ['by command', { ingest: 'ssm', internalNames: ['acme~'], readerAccounts: ['123456789012'], keep: false }],
  ['standard', {}],
];
const byIngest = representatives(templates, ([, { ingest = 'event' }]) => ingest);

test.skipIf('why' in found).each(byIngest)('cfn-lint finds no error (%s)', async (_, input) => {
  const folder = await mkdtemp(join(tmpdir(), 'awspip-template-'));
  const file = join(folder, 'template.json');
  await writeFile(file, JSON.stringify(synthesize(input)));
  // W3005: the CDK adds dependencies that references already imply.
  const linted = await execa(command, ['--template', file, '--ignore-checks', 'W3005', '--format', 'parseable'], {
    reject: false,
  });
  await rm(folder, { recursive: true });
  expect(linted.stdout).toBe('');
  expect(linted.exitCode).toBe(0);
});
