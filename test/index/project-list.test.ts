import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readProjectList } from '../../src/index/project-list.ts';
import { directHttp } from '../helpers/direct-http.ts';

let body = '';
let base = '';
const server = createServer((_request, response) => void response.end(body));
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close());

const read = (text: string) => {
  body = text;
  return readProjectList(base, 'the index', directHttp as Parameters<typeof readProjectList>[2]);
};

describe('a list of projects', () => {
  test('has the names of links only if they are names of projects', async () => {
    const hostile = '<a href="x">"><script>alert(1)</script></a><a href="y">../etc</a><a\nhref="z/" > zzqx </a >';
    expect(await read(`<!DOCTYPE html>${hostile}`)).toEqual({ kind: 'found', names: ['zzqx'] });
  });

  test.each([
    ['unfinished links', '<a'],
    ['unfinished links with attributes', '<a x="'],
    ['links without an end', '<a>a'],
    ['unfinished ends', '<a>a</a '],
  ])('of megabytes of %s is read in linear time', async (_, part) => {
    const started = performance.now();
    expect(await read(`<!DOCTYPE html>${part.repeat(8_000_000 / part.length)}`)).toEqual({ kind: 'found', names: [] });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
