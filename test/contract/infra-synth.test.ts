import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entries } from '../../src/infra/function-names.ts';
import type { Template } from '../../src/infra/synthesize.ts';
import { ofType } from '../infra/template-reader.ts';

const root = path.resolve(import.meta.dirname, '../..');
let folder = '';

/** Runs the app like the CDK's CLI, without network. */
const synthesizeApp = (context: Record<string, string>) =>
  execa('node', ['.infra.mjs'], {
    cwd: root,
    reject: false,
    env: {
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_DEFAULT_ACCOUNT: '123456789012',
      CDK_DEFAULT_REGION: context.region ?? 'eu-west-1',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
    },
  });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'awspip-synth-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the app synthesizes offline, with every bundle below 5 MB', { timeout: 240_000 }, async () => {
  const ran = await synthesizeApp({ internalNames: 'acme~,acme-billing', trail: 'false' });
  expect([ran.exitCode, ran.stderr]).toEqual([0, '']);
  const template = JSON.parse(
    await readFile(path.join(folder, 'supply-chain-defender.template.json'), 'utf8'),
  ) as Template;
  expect(ofType(template, 'AWS::CodeArtifact::PackageGroup')).toHaveLength(3);
  expect(ofType(template, 'AWS::CloudTrail::Trail')).toEqual([]);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const { size } = await stat(path.join(root, '.infra/functions', entry, 'index.mjs'));
      return [entry, size < 5_000_000 ? 'below 5 MB' : size];
    }),
  );
  expect(sizes).toEqual(entries.map((entry) => [entry, 'below 5 MB']));
});

test('invalid options end with a message and an exit code, without a stack trace', { timeout: 240_000 }, async () => {
  const ran = await synthesizeApp({ region: 'sa-east-1' });
  expect(ran.exitCode).toBe(78);
  expect(ran.stderr).toContain('region: sa-east-1 has no CodeArtifact, which is available in ap-northeast-1,');
  expect(ran.stderr).not.toContain('    at ');
});
