import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { type Distribution, wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { type FaultyIndex, startFaultyIndex } from './faulty-index.ts';
import { stackVariables, whileAsking } from './load.ts';

let packageIndex: PackageIndex;
let index: FaultyIndex;
let user: Sandbox;
let endpoint = '';

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  index = await startFaultyIndex(packageIndex);
  user = await sandbox({ ...packageIndex.environment, PIP_INDEX_URL: `${index.origin}/simple/`, AWSPIP_WAIT: '120' });
  endpoint = (await stackVariables(user)).AWS_ENDPOINT_URL ?? '';
});
afterAll(async () => {
  await user.remove();
  index.close();
  await packageIndex.close();
});

const html = 'text/html';
const json = 'application/vnd.pypi.simple.v1+json';
const many = <T>(count: number, item: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => item(at));
const jsonPage = (filenames: readonly string[], more: (at: number) => object = () => ({})) =>
  JSON.stringify({ files: filenames.map((filename, at) => ({ filename, url: `/absent/${filename}`, ...more(at) })) });
const sets = (name: string) => many(50, (at) => `${name}${at}`).join('.');

/** Pages of a project, by what makes them hostile. */
const pages: Readonly<Record<string, readonly [contentType: string, body: () => string]>> = {
  'nested elements': [html, () => '<div>'.repeat(6_000_000)],
  'end tags without elements': [html, () => `${'<b>'.repeat(9_000)}${'</i>'.repeat(5_000_000)}`],
  'a tag with many attributes': [html, () => `<a ${many(1_000_000, (at) => `a${at}=b`).join(' ')}>`],
  'many entities': [html, () => `<a href="${'&amp;'.repeat(5_000_000)}">`],
  'many links': [html, () => many(59_000, (at) => `<a href="/absent/hostile-1.${at}.zip"></a>`).join('')],
  'many keys': [json, () => `{${many(1_000_000, (at) => `"a${at}":1`).join(',')},"files":[]}`],
  'many files': [json, () => jsonPage(many(59_000, (at) => `hostile-1.${at}.zip`))],
  'large sets of tags': [
    json,
    () => jsonPage(many(20_000, (at) => `hostile-${at}-${sets('p')}.py3-${sets('a')}.none-${sets('q')}.any.whl`)),
  ],
  'long specifiers': [
    json,
    () =>
      jsonPage(
        many(15_000, (at) => `hostile-${at}.zip`),
        (at) => ({ 'requires-python': `${'!=1,'.repeat(240)}!=${at}` }),
      ),
  ],
};

test.each(Object.entries(pages))('a page with %s does not stop the stack', async (description, [type, body]) => {
  const name = `hostile-${description.replaceAll(' ', '-')}`;
  const bytes = Buffer.from(body().replaceAll('hostile-', `${name}-`));
  const remove = index.inject(`/simple/${name}/`, ({ response }) => {
    response.writeHead(200, { 'content-type': type }).end(bytes);
  });
  const begun = Date.now();
  const { result, slowest } = await whileAsking(endpoint, user.run(['install', '--target', 'x', name]));
  remove();
  expect([result.exitCode, result.stderr]).toEqual([expect.any(Number), expect.stringContaining(name)]);
  expect(result.exitCode).toBeGreaterThan(0);
  expect(slowest).toBeLessThan(2000);
  expect(Date.now() - begun).toBeLessThan(120_000);
});

/** Wheels by what makes their metadata hostile. */
const wheels: Readonly<Record<string, readonly string[]>> = {
  '10,000 invalid lines': many(10_000, (at) => `unknown-${at} (>=1.0.*)`),
  '10,000 unknown projects': many(10_000, (at) => `unknown-${at}`),
  '10,001 lines': many(10_001, () => 'known'),
  'long specifiers': many(5, (at) => `known ${many(1000, (each) => `!=${at}.${each}`).join(',')}`),
  'long markers': many(100, () => `known; ${'('.repeat(8000)}`),
  '2 MB of lines': many(500, () => `known; ${'a'.repeat(4000)}`),
};

test.each(Object.entries(wheels))('a wheel whose metadata has %s does not stop the stack', async (_, requires) => {
  const name = `metadata-${requires.length}-${requires[0]?.length}`;
  packageIndex.publish('known', '1.0', wheel({ name: 'known', version: '1.0' }));
  const file: Distribution = wheel({ name, version: '1.0', requires });
  packageIndex.publish(name, '1.0', file);
  const begun = Date.now();
  const { result, slowest } = await whileAsking(endpoint, user.run(['install', '--target', name, name]));
  expect([result.exitCode, result.stderr]).toEqual([expect.any(Number), expect.stringContaining(name)]);
  expect(slowest).toBeLessThan(2000);
  expect(Date.now() - begun).toBeLessThan(120_000);
});
