import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decisionsIn } from '../../src/local/decisions.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'awspip-decisions-'));
  file = path.join(folder, 'decisions.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const item = (id: string, sk = `approval#${id}`) => ({ pk: { S: 'pypi#x' }, sk: { S: sk } });
const put = (table: string, value: unknown) => Buffer.from(JSON.stringify({ TableName: table, Item: value }));

describe("people's decisions", () => {
  test('are kept in the order of their calls, by table', async () => {
    const { record, of } = decisionsIn(file);
    await record(put('one', item('a')));
    await record(put('two', item('b')));
    await record(put('one', item('c')));
    expect(await of('one')).toEqual([item('a'), item('c')]);
    expect(await of('two')).toEqual([item('b')]);
    expect(await of('three')).toEqual([]);
  });

  test('are written once, however often the same call is repeated', async () => {
    const { record, of } = decisionsIn(file);
    for (let call = 0; call < 3; call += 1) await record(put('one', item('a')));
    expect(await of('one')).toEqual([item('a')]);
  });

  test.each([
    ['another item', put('one', item('a', 'v#1.0'))],
    ['an item without keys', put('one', {})],
    ['a call without item', Buffer.from('{"TableName":"one"}')],
    ['a call without table', Buffer.from(JSON.stringify({ Item: item('a') }))],
    ['text that is not JSON', Buffer.from('{"TableName"')],
    ['JSON that is no call', Buffer.from('[1]')],
  ])('are not confused with %s', async (_, body) => {
    const { record, of } = decisionsIn(file);
    await record(body);
    expect(await of('one')).toEqual([]);
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('survive a line that a killed process did not finish', async () => {
    const { record, of } = decisionsIn(file);
    await record(put('one', item('a')));
    await appendFile(file, '{"table":"one","item":{"pk"');
    await record(put('one', item('b')));
    expect(await of('one')).toEqual([item('a'), item('b')]);
  });

  test('survive lines of another kind', async () => {
    await writeFile(file, 'null\n[]\n{"table":1,"item":{}}\n{"table":"one","item":null}\n');
    const { record, of } = decisionsIn(file);
    await record(put('one', item('a')));
    expect(await of('one')).toEqual([item('a')]);
  });

  test('that cannot be read are an error, and not none', async () => {
    await mkdir(file);
    await expect(decisionsIn(file).of('one')).rejects.toThrow('EISDIR');
    await expect(decisionsIn(file).record(put('one', item('a')))).rejects.toThrow('EISDIR');
  });
});
