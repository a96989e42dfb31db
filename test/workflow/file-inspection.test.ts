import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspectArchive } from '../../src/firewall/install-code/inspect-archive.ts';
import { type Policy, recommendedPolicy, referencePolicy } from '../../src/firewall/policy.ts';
import type { Signal } from '../../src/firewall/types.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, UpstreamIndex } from '../../src/index/types.ts';
import { openFileContents } from '../../src/workflow/file-contents.ts';
import { inspectsCode, openFileInspection } from '../../src/workflow/file-inspection.ts';
import { readOwnMetadata } from '../../src/workflow/own-metadata.ts';
import { readFileFacts } from '../../src/workflow/resolver/file-facts.ts';
import { type Distribution, sdist, wheel } from '../helpers/distributions.ts';

const name = normaliseName('demo');
let temporaryFolder: string;
beforeAll(async () => {
  temporaryFolder = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
});
afterAll(() => rm(temporaryFolder, { recursive: true }));

const release = (version: string, files: Record<string, string> = {}) => wheel({ name, version, files });
const hook = { 'demo.pth': "import base64; exec(base64.b64decode('cHJpbnQoMSk='))\n" };

const listedWith = (coreMetadata: Setup['coreMetadata']) => (file: Distribution) => ({
  ...listed(file),
  coreMetadata: coreMetadata?.(file),
});
const listed = ({ filename, sha256 }: Distribution): IndexFile => ({
  ...{ filename, url: `https://index.example/${filename}`, hashes: { sha256 }, yanked: false },
  uploadTime: '2026-01-01T00:00:00Z',
});

type Setup = {
  /** What the index and package-install have. */
  readonly files: readonly Distribution[];
  readonly needed: Distribution;
  readonly version?: string;
  readonly vetted?: readonly string[];
  readonly isRanked?: boolean;
  readonly policy?: Policy;
  /** Names of the files with an attestation. */
  readonly attestations?: readonly string[];
  /** Names of the files that the index does not send. */
  readonly unreachable?: readonly string[];
  /** Returns the digest of METADATA that the index lists. */
  readonly coreMetadata?: (file: Distribution) => { sha256: string };
};

async function inspect(setup: Setup) {
  return (await inspectAll(setup)).get(setup.needed.filename);
}

async function inspectAll({ files, needed, version = '2.0', ...rest }: Setup) {
  const { vetted = [], isRanked = true, policy = recommendedPolicy, attestations = [], unreachable = [] } = rest;
  const bytesOf = ({ filename }: IndexFile) => {
    if (unreachable.includes(filename)) throw new Error('no connection');
    return files.find((file) => file.filename === filename)?.bytes ?? Buffer.alloc(0);
  };
  const attested = async (_: string, __: string, filename: string): Promise<Signal<boolean>> => ({
    ...{ known: true, value: attestations.includes(filename), source: 'PyPI', fetchedAt: '' },
  });
  const upstream: Pick<UpstreamIndex, 'page' | 'metadata' | 'open'> = {
    page: async () => ({
      kind: 'found',
      page: { name, files: files.map(listedWith(rest.coreMetadata)) },
      from: [],
      complete: true,
    }),
    metadata: async () => undefined,
    open: async (file, range) => {
      const bytes = bytesOf(file);
      const part = range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
      return { stream: Readable.from([part]), size: bytes.length, partial: range !== undefined };
    },
  };
  const reading = { inspectFile: inspectArchive, readMetadata: readOwnMetadata, temporaryFolder };
  const { inspect } = openFileInspection({
    repository: async () => ({
      list: async () => files.filter(({ filename }) => filename.includes(`-${version}`)).map(listed),
      download: async (file, write) => void (await write?.(bytesOf(file))),
    }),
    upstream,
    policy,
    now: Date.now,
    isRanked: () => isRanked,
    attested,
    readContent: openFileContents({ ...reading, inspectsCode: inspectsCode(policy) }).read,
    readFacts: async (file, kind, maxBytes) => readFileFacts(file, kind, upstream, maxBytes),
    ...reading,
  });
  const sha256 = Object.fromEntries(
    files.flatMap((file) => (file.filename.includes(`-${version}`) ? [[file.filename, file.sha256]] : [])),
  );
  return inspect({ name, version }, { sha256, needed: needed.filename, vetted, all: false });
}

const [before, clean, hooked] = [release('1.0'), release('2.0'), release('2.0', hook)];

test('a clean release passes, and no file is left on the disk', async () => {
  expect(await inspect({ files: [before, clean], needed: clean, vetted: ['1.0'] })).toMatchObject({
    status: 'ALLOWED',
  });
  expect(await readdir(temporaryFolder)).toEqual([]);
});

test('startup code that the vetted release before did not have is on hold, with the difference', async () => {
  const verdict = await inspect({ files: [before, hooked], needed: hooked, vetted: ['1.0'] });
  expect(verdict?.status).toBe('HELD');
  expect(verdict?.reasons.join()).toMatch(/^New since 1\.0: demo-2\.0-py3-none-any\.whl: demo\.pth:1 /);
});

test('in observe mode, code is allowed with the verdict that was not applied, unless the mode is about another gate', async () => {
  const observing: Policy = { ...recommendedPolicy, mode: 'observe' };
  const setup = { files: [before, hooked], needed: hooked, vetted: ['1.0'] };
  for (const isRanked of [true, false]) {
    const enforced = await inspect({ ...setup, isRanked });
    expect(enforced).toMatchObject({ status: 'HELD' });
    const verdict = await inspect({ ...setup, isRanked, policy: observing });
    expect(verdict).toMatchObject({
      status: 'ALLOWED',
      reasons: [],
      observed: { outcome: 'HELD' },
      code: enforced?.code,
    });
    expect(verdict?.observed?.reasons.join()).toContain('demo.pth:1 ');
  }
  const partly: Policy = { ...observing, observe: { gates: ['cooldown'] } };
  expect(await inspect({ ...setup, policy: partly })).toMatchObject({ status: 'HELD', observed: undefined });
});

test('startup code that the vetted release before had passes', async () => {
  const files = [release('1.0', hook), hooked];
  expect(await inspect({ files, needed: hooked, vetted: ['1.0'] })).toMatchObject({ status: 'ALLOWED' });
  expect(await inspect({ files, needed: hooked, vetted: ['1.0'], isRanked: false })).toMatchObject({ status: 'HELD' });
});

test('without a release to compare with, startup code is on hold', async () => {
  const verdict = await inspect({
    files: [before, hooked],
    needed: hooked,
    vetted: ['1.0'],
    unreachable: [before.filename],
  });
  expect(verdict?.reasons.join()).toContain('No earlier release to compare with: ');
  expect((await inspect({ files: [hooked], needed: hooked }))?.status).toBe('HELD');
});

test('an attestation that the release before had and this one lacks is on hold', async () => {
  const files = [before, clean];
  const lost = await inspect({ files, needed: clean, vetted: ['1.0'], attestations: [before.filename] });
  expect(lost).toMatchObject({
    status: 'HELD',
    reasons: [expect.stringContaining('has no publish attestation, and 1.0 has one')],
  });
  for (const attestations of [[], [clean.filename], [before.filename, clean.filename]]) {
    expect(await inspect({ files, needed: clean, vetted: ['1.0'], attestations })).toMatchObject({ status: 'ALLOWED' });
  }
});

test('an absurd version after a vetted one is on hold', async () => {
  const absurd = release('99.0');
  const verdict = await inspect({ files: [before, absurd], needed: absurd, version: '99.0', vetted: ['1.0'] });
  expect(verdict).toMatchObject({ status: 'HELD', reasons: ['demo 99.0 follows 1.0'] });
});

test('a file that cannot be read is on hold, for popular projects too', async () => {
  const bytes = clean.bytes.subarray(0, 200);
  const truncated = { ...clean, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  for (const isRanked of [true, false]) {
    const verdict = await inspect({ files: [before, truncated], needed: truncated, isRanked, vetted: ['1.0'] });
    expect(verdict).toMatchObject({ status: 'HELD' });
  }
});

test('the sdist of a popular project is left for later while a wheel is what the request needs', async () => {
  const source = await sdist({ name, version: '2.0' });
  expect(await inspect({ files: [before, clean, source], needed: clean, vetted: ['1.0'] })).toMatchObject({
    status: 'ALLOWED',
  });
  expect(await inspect({ files: [before, clean, source], needed: source, vetted: ['1.0'] })).toMatchObject({
    status: 'ALLOWED',
  });
});

test('a policy without the gate on code has only the metadata judged', async () => {
  const setup = { files: [before, hooked], needed: hooked, policy: referencePolicy, vetted: ['1.0'] };
  expect(await inspect({ ...setup, attestations: [before.filename] })).toMatchObject({ status: 'ALLOWED' });
  const direct = wheel({ name, version: '2.0', requires: ['evil @ file:///x'] });
  expect(await inspect({ ...setup, files: [direct], needed: direct })).toMatchObject({ status: 'BLOCKED' });
});

test("a policy's own gate on install-time code blocks a file, also without the built-in gate", async () => {
  const own = (when: string): Policy => {
    const gate = { name: 'startup-code', when, does: 'block', text: 'Runs at startup' } as const;
    const unknown = { ranked: 'pass', unranked: 'hold' } as const;
    return { ...referencePolicy, gates: { ...referencePolicy.gates, own: [{ ...gate, unknown }] } };
  };
  const needed = release('2.0', hook);
  const blocked = await inspect({ files: [needed], needed, policy: own('installCode != []') });
  expect(blocked).toMatchObject({ status: 'BLOCKED', reasons: [`${needed.filename}: Runs at startup`] });
  const passes = await inspect({ files: [needed], needed, policy: own('installCode != [] && !isRanked') });
  expect(passes).toMatchObject({ status: 'ALLOWED' });
});

test('the METADATA of each wheel is read byte for byte, whole or by ranges', async () => {
  const text = 'Metadata-Version: 2.1\r\nName: demo\nVersion: 2.0\nAuthor: Jörg\n\n# Description\n';
  const built = release('2.0', { 'demo-2.0.dist-info/METADATA': text });
  const other = { ...built, filename: 'demo-2.0-cp313-cp313-manylinux_2_28_x86_64.whl' };
  const source = await sdist({ name, version: '2.0' });
  for (const policy of [recommendedPolicy, referencePolicy]) {
    const verdicts = await inspectAll({ files: [before, built, other, source], needed: built, policy });
    expect(verdicts.get(built.filename)).toMatchObject({ metadata: Buffer.from(text), sha256: built.sha256 });
    expect(verdicts.get(other.filename)).toMatchObject({ status: 'ALLOWED', metadata: Buffer.from(text) });
    expect(verdicts.get(other.filename)?.sha256).toBeUndefined();
    expect(verdicts.get(source.filename)?.metadata).toBeUndefined();
  }
});

test('a wheel with METADATA in two places, or with more than 1 MB of it, has none', async () => {
  const twice = release('2.0', { 'other-2.0.dist-info/METADATA': 'Name: other\n' });
  expect((await inspect({ files: [twice], needed: twice, isRanked: false }))?.metadata).toBeUndefined();
  const long = release('2.0', { 'demo-2.0.dist-info/METADATA': `Name: demo\n\n${'a'.repeat(1024 * 1024)}` });
  expect(await inspect({ files: [before, long], needed: long })).toMatchObject({
    status: 'ALLOWED',
    metadata: undefined,
  });
});

test('a wheel that is not read has the METADATA of the needed one if the index lists the same digest for it', async () => {
  const needed = release('2.0');
  const metadata = (await inspect({ files: [before, needed], needed }))?.metadata ?? Buffer.alloc(0);
  const digest = createHash('sha256').update(metadata).digest('hex');
  const tags = Array.from({ length: 15 }, (_, at) => `cp3${at}-cp3${at}-win32`);
  const others = tags.map((tag) => ({ ...needed, bytes: Buffer.from(tag), filename: `demo-2.0-${tag}.whl` }));
  const listed = (file: Distribution) => ({ sha256: file === others[14] ? '0'.repeat(64) : digest });
  const verdicts = await inspectAll({ files: [before, needed, ...others], needed, coreMetadata: listed });
  const unread = [...verdicts].filter(([, verdict]) => verdict.unread === true);
  expect(unread.map(([filename, verdict]) => [filename, verdict.metadata])).toEqual([
    ['demo-2.0-cp312-cp312-win32.whl', metadata],
    ['demo-2.0-cp313-cp313-win32.whl', metadata],
    ['demo-2.0-cp314-cp314-win32.whl', undefined],
  ]);
});
