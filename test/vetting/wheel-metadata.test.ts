import { randomBytes } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { metadataKey, metadataTextKey } from '../../src/vetting/keys.ts';
import { addMetadata, digestOfText, digestsByWheel, unpackMetadata } from '../../src/vetting/wheel-metadata.ts';
import { release } from './examples.ts';
import { type TestTable, testTable } from './table.ts';

const digest = (at: number | string) => String(at).padStart(64, '0');
const text = (body: string) => Buffer.from(`Metadata-Version: 2.1\nName: demo\nVersion: 1\n\n${body}`);
const wheel = (at: number, body: string) => ({ sha256: digest(at), text: text(body) });

describe('the digests of a release', () => {
  test('wheels with equal METADATA share one text', () => {
    const { wheels, texts } = addMetadata(new Map(), [wheel(1, 'same'), wheel(2, 'same'), wheel(3, 'other')]);
    const [same, other] = [digestOfText(text('same')), digestOfText(text('other'))];
    expect(wheels).toEqual({ [same]: [digest(1), digest(2)], [other]: [digest(3)] });
    expect([...texts.keys()]).toEqual([same, other]);
    expect(unpackMetadata(texts.get(same), same)).toEqual(text('same'));
  });

  test('what is recorded stays, and its text is not recorded again', () => {
    const same = digestOfText(text('same'));
    const { wheels, texts } = addMetadata(new Map([[digest(1), same]]), [wheel(1, 'changed'), wheel(2, 'same')]);
    expect(wheels).toEqual({ [same]: [digest(1), digest(2)] });
    expect(texts.size).toBe(0);
  });

  test('a METADATA that is too large, or that compresses too little, is left out', () => {
    const huge = { sha256: digest(1), text: Buffer.alloc(1024 * 1024 + 1, 'a') };
    const random = { sha256: digest(2), text: randomBytes(300_000) };
    expect(addMetadata(new Map(), [huge, random])).toEqual({ wheels: {}, texts: new Map() });
    const long = { sha256: digest(3), text: Buffer.alloc(1024 * 1024, 'a') };
    expect(addMetadata(new Map(), [long]).texts.size).toBe(1);
  });

  test('a release has at most 20 texts and 200 wheels', () => {
    const distinct = Array.from({ length: 30 }, (_, at) => wheel(at, `text ${at}`));
    expect(addMetadata(new Map(), distinct).texts.size).toBe(20);
    const equal = Array.from({ length: 230 }, (_, at) => wheel(at, 'same'));
    expect(Object.values(addMetadata(new Map(), equal).wheels).flat()).toHaveLength(200);
  });

  test.each([
    ['no member', {}],
    ['a list', { wheels: [digest(1)] }],
    ['null', { wheels: null }],
    ['a text that is no digest', { wheels: { METADATA: [digest(1)] } }],
    ['a wheel that is no digest', { wheels: { [digest(2)]: ['demo.whl', 7, null] } }],
    ['no list of wheels', { wheels: { [digest(2)]: digest(1) } }],
  ])('a damaged item offers nothing: %s', (_, item) => {
    expect(digestsByWheel(item).size).toBe(0);
  });
});

test.each([
  ['no text', undefined],
  ['other types', { gzip: 1 }],
  ['no gzip', Buffer.from('plain').toString('base64')],
  [
    'another text',
    addMetadata(new Map(), [wheel(1, 'other')])
      .texts.values()
      .next().value,
  ],
])('a text without its sha256 is no METADATA: %s', (_, packed) => {
  expect(unpackMetadata(packed, digestOfText(text('same')))).toBeUndefined();
});

describe('the table', () => {
  let table: TestTable;
  beforeAll(async () => {
    table = await testTable();
  });
  afterAll(() => table.close());
  const { name } = release('demo==1');

  test('returns the METADATA of every release byte for byte, by the sha256 of the wheel', async () => {
    const { store } = table;
    const latin = { sha256: digest(9), text: Buffer.from('Name: demo\r\nAuthor: J\xf6rg\n\n', 'latin1') };
    await store.recordMetadata(release('demo==1'), [wheel(1, 'one')]);
    await store.recordMetadata(release('demo==1'), [wheel(2, 'one'), latin]);
    await store.recordMetadata(release('demo==2'), [wheel(3, 'two')]);
    await store.recordMetadata(release('demo==3'), []);
    const digests = await store.metadataDigests(name);
    expect([...digests.keys()].sort()).toEqual([1, 2, 3, 9].map(digest));
    expect(digests.get(digest(1))).toBe(digests.get(digest(2)));
    expect(await store.readMetadata(name, digests.get(digest(1)) ?? '')).toEqual(text('one'));
    expect(await store.readMetadata(name, digests.get(digest(9)) ?? '')).toEqual(latin.text);
    expect(await store.readMetadata(name, digest('f'))).toBeUndefined();
    const listed = await store.metadataOf(['demo==2', 'demo==3', 'demo==4', 'demo==1'].map(release));
    const wheels = listed.map((each) => each && [...each.keys()].sort());
    expect(wheels).toEqual([[digest(3)], [], undefined, [1, 2, 9].map(digest)]);
  });

  test('what another vetting records at the same time stays', async () => {
    const { store } = table;
    await Promise.all([
      store.recordMetadata(release('raced==1'), [wheel(1, 'one')]),
      store.recordMetadata(release('raced==1'), []),
    ]);
    await store.recordMetadata(release('raced==1'), []);
    const digests = await store.metadataDigests(release('raced==1').name);
    expect([...digests.keys()]).toEqual([digest(1)]);
    expect(await store.readMetadata(release('raced==1').name, digests.get(digest(1)) ?? '')).toEqual(text('one'));
  });

  test('a damaged item of digests offers nothing, and a new vetting replaces it', async () => {
    const { store, client } = table;
    const { pk, sk } = metadataKey(release('broken==1'));
    const Item = { pk: { S: pk }, sk: { S: sk }, wheels: { S: 'nonsense' } };
    await client.send(new PutItemCommand({ TableName: 'awspip', Item }));
    expect((await store.metadataDigests(release('broken==1').name)).size).toBe(0);
    await store.recordMetadata(release('broken==1'), [wheel(1, 'one')]);
    expect((await store.metadataDigests(release('broken==1').name)).size).toBe(1);
  });

  test('a damaged text is not returned', async () => {
    const { store, client } = table;
    await store.recordMetadata(release('torn==1'), [wheel(1, 'one')]);
    const sha256 = digestOfText(text('one'));
    const { pk, sk } = metadataTextKey(release('torn==1').name, sha256);
    const Item = { pk: { S: pk }, sk: { S: sk }, gzip: { S: 'H4sIAAAAAAAA' } };
    await client.send(new PutItemCommand({ TableName: 'awspip', Item }));
    expect(await store.readMetadata(release('torn==1').name, sha256)).toBeUndefined();
  });

  test('the largest items fit into the table', async () => {
    const large = Array.from({ length: 100 }, (_, at) => ({
      sha256: digest(at),
      text: Buffer.concat([randomBytes(220_000), Buffer.from(`${at}`)]),
    }));
    await table.store.recordMetadata(release('large==1'), large);
    const digests = await table.store.metadataDigests(release('large==1').name);
    expect(digests.size).toBe(20);
    expect((await table.store.readMetadata(release('large==1').name, digests.get(digest(0)) ?? ''))?.length).toBe(
      220_001,
    );
  });
});
