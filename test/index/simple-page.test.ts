import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { normaliseName } from '../../src/index/names.ts';
import {
  chooseSimpleFormat,
  parseSimplePage,
  renderSimplePage,
  simpleContentTypes,
} from '../../src/index/simple-page.ts';
import type { IndexFile, ProjectPage } from '../../src/index/types.ts';

const name = normaliseName('demo');
const url = 'https://index.example/simple/demo/';
const sha256 = 'ab'.repeat(32);
const json = (page: unknown, pageUrl = url): Promise<ProjectPage> =>
  parseSimplePage({ body: JSON.stringify(page), contentType: simpleContentTypes.json, url: pageUrl, name });
const html = (body: string, pageUrl = url): Promise<ProjectPage> =>
  parseSimplePage({ body, contentType: 'text/html; charset=UTF-8', url: pageUrl, name });

test.each(['json', 'html'] as const)('of a page in %s, only the wanted files are read', async (format) => {
  const filenames = ['demo-1.0-py3-none-any.whl', 'demo-2.0-py3-none-any.whl'];
  const listed = filenames.map(
    (filename): IndexFile => ({ filename, url: `${url}${filename}`, hashes: {}, yanked: false }),
  );
  const { contentType, body } = renderSimplePage({ name, files: listed }, format, (file) => file.url);
  const page = await parseSimplePage({
    body,
    contentType,
    url,
    name,
    isWanted: (filename) => filename.includes('2.0'),
  });
  expect(page.files.map(({ filename }) => filename)).toEqual(['demo-2.0-py3-none-any.whl']);
});

describe('a JSON page', () => {
  test('is parsed with every field of a file', async () => {
    const page = await json({
      meta: { 'api-version': '1.4' },
      'project-status': { status: 'quarantined', reason: 'malware' },
      files: [
        {
          filename: 'demo-1.0-py3-none-any.whl',
          url: '../../files/demo-1.0-py3-none-any.whl',
          hashes: { sha256: sha256.toUpperCase(), unheard: 'x' },
          'requires-python': '>=3.8',
          yanked: 'broken',
          size: 1234,
          'upload-time': '2024-05-01T10:00:00.123456Z',
          'dist-info-metadata': false,
          'core-metadata': { sha256 },
        },
      ],
    });
    expect(page).toEqual({
      name: 'demo',
      status: 'quarantined',
      files: [
        {
          filename: 'demo-1.0-py3-none-any.whl',
          url: 'https://index.example/files/demo-1.0-py3-none-any.whl',
          hashes: { sha256 },
          requiresPython: '>=3.8',
          yanked: 'broken',
          size: 1234,
          uploadTime: '2024-05-01T10:00:00.123Z',
          coreMetadata: { sha256 },
        },
      ],
    });
  });

  test('ignores fields of the wrong type', async () => {
    const page = await json({
      files: [
        {
          filename: 'demo-1.0.zip',
          url: 'x',
          hashes: [sha256],
          yanked: 1,
          size: '9',
          'upload-time': 3,
          'requires-python': {},
        },
        {
          filename: 'demo-2.0.zip',
          url: 'y',
          hashes: { sha256: 'abc', md5: 'zz'.repeat(16) },
          size: -1,
          'upload-time': 'soon',
        },
      ],
    });
    for (const file of page.files)
      expect(file).toMatchObject({
        hashes: {},
        yanked: false,
        size: undefined,
        uploadTime: undefined,
        requiresPython: undefined,
      });
  });

  test.each([
    ['a local file', { filename: 'demo-1.0.zip', url: 'file:///etc/passwd' }],
    ['a scheme that runs code', { filename: 'demo-1.0.zip', url: 'javascript:alert(1)' }],
    ['a path as its name', { filename: '../../demo-1.0.zip', url: 'demo-1.0.zip' }],
    ['a line break in its name', { filename: 'demo-1.0.zip\nX', url: 'demo-1.0.zip' }],
    ['no name', { url: 'demo-1.0.zip' }],
    ['no address', { filename: 'demo-1.0.zip' }],
    ['an overlong address', { filename: 'demo-1.0.zip', url: `https://host.example/${'x'.repeat(9000)}` }],
  ])('skips an entry with %s', async (_description, entry) => {
    const good = { filename: 'demo-2.0.zip', url: 'demo-2.0.zip' };
    expect((await json({ files: [entry, good, null, 7] })).files.map(({ filename }) => filename)).toEqual([
      'demo-2.0.zip',
    ]);
  });

  test.each([
    ['text that is not JSON', '<html>'],
    ['a list', '[]'],
    ['a page without files', '{"meta":{"api-version":"1.0"}}'],
    ['a later API version', '{"meta":{"api-version":"2.0"},"files":[]}'],
  ])('%s is rejected as not a simple-index page', async (_description, body) => {
    const parse = () => parseSimplePage({ body, contentType: simpleContentTypes.json, url, name });
    await expect(parse()).rejects.toThrow(AwspipError);
    await expect(parse()).rejects.toThrow('not a simple-index page');
  });
});

describe('an HTML page', () => {
  test('is parsed with every field of a file', async () => {
    const page = await html(`<!doctype html><html><head>
      <meta name="pypi:project-status" content="archived"></head><body>
      <a href="/files/demo-1.0%2Bcu1.tar.gz#sha256=${sha256}" data-requires-python="&gt;=3.8,&lt;4" data-yanked="" >x</a>
      <a href='demo-2.0-py3-none-any.whl' data-dist-info-metadata="sha256=${sha256}" data-upload-time="2024-05-01T10:00:00Z">y
      <A HREF="https://else.example/demo-3.0.zip#egg=demo&sha256=${sha256}" data-yanked="why" data-core-metadata="true"></A>`);
    expect(page).toMatchObject({
      status: 'archived',
      files: [
        {
          filename: 'demo-1.0+cu1.tar.gz',
          url: 'https://index.example/files/demo-1.0%2Bcu1.tar.gz',
          hashes: { sha256 },
          requiresPython: '>=3.8,<4',
          yanked: true,
        },
        { url: `${url}demo-2.0-py3-none-any.whl`, coreMetadata: { sha256 }, uploadTime: '2024-05-01T10:00:00.000Z' },
        { url: 'https://else.example/demo-3.0.zip', hashes: { sha256 }, yanked: 'why', coreMetadata: true },
      ],
    });
  });

  test('resolves its links against <base href>, but not to local files', async () => {
    expect((await html('<base href="../up/"><a href="demo-1.0.zip">')).files[0]?.url).toBe(
      'https://index.example/simple/up/demo-1.0.zip',
    );
    expect((await html('<base href="file:///srv/"><a href="demo-1.0.zip">')).files[0]?.url).toBe(`${url}demo-1.0.zip`);
    expect((await html('<a href="file:///srv/demo-1.0.zip">')).files).toEqual([]);
  });

  test('may link to local files when it is local itself', async () => {
    expect((await html('<a href="demo-1.0.zip">', 'file:///srv/simple/demo/index.html')).files[0]?.url).toBe(
      'file:///srv/simple/demo/demo-1.0.zip',
    );
  });

  test('with arbitrary bytes does not make the parser throw', async () => {
    const text = fc.string({ maxLength: 300, unit: 'binary' });
    await fc.assert(fc.asyncProperty(text, async (body) => void (await html(`<a href="${body}" ${body}>`))));
  });
});

test('a page of another content type and one larger than 128 MiB are rejected', async () => {
  const parse = (contentType: string, body: string | Uint8Array) => parseSimplePage({ body, contentType, url, name });
  await expect(parse('application/octet-stream', '')).rejects.toThrow('content type');
  await expect(parse('', '')).rejects.toThrow('content type');
  await expect(parse('text/html', { length: 129 * 1024 * 1024 } as Uint8Array)).rejects.toThrow('larger than 128 MiB');
});

const repeated = (count: number, text: (at: number) => string) => Array.from({ length: count }, (_, at) => text(at));
const link = (at: number) => `<a href="demo-${at}.zip"></a>`;
const jsonFile = (at: number) => ({ filename: `demo-${at}.zip`, url: `demo-${at}.zip` });

describe('a hostile page', () => {
  test.each([
    ['nests 90,000 elements', 'text/html', () => '<div>'.repeat(90_000)],
    ['nests 90,000 elements and has a link', 'text/html', () => `${'<b>'.repeat(90_000)}${link(1)}`],
    ['lists more than 200,000 files in HTML', 'text/html', () => repeated(200_001, link).join('')],
    [
      'lists more than 200,000 files in JSON',
      simpleContentTypes.json,
      () => JSON.stringify({ files: Array.from({ length: 200_001 }, (_, at) => jsonFile(at)) }),
    ],
    ['has millions of values', simpleContentTypes.json, () => `{"files":[],"x":[${'1,'.repeat(4_000_001)}1]}`],
    ['nests millions of lists', simpleContentTypes.json, () => `{"files":${'['.repeat(4_000_001)}`],
  ])('that %s is rejected, and names why', async (_, contentType, body) => {
    const parsing = parseSimplePage({ body: body(), contentType, url, name });
    await expect(parsing).rejects.toMatchObject({ code: 'index-page-unreadable', exit: 'unavailable' });
    await expect(parsing).rejects.toThrow(/nests|lists|values/);
  });

  test('is read to its end if its elements have no end tags, as in the links of old pages', async () => {
    const page = await html(repeated(20_000, (at) => `<p><a href="demo-${at}.zip"><br>`).join(''));
    expect(page.files).toHaveLength(20_000);
  });

  test.each([
    ['HTML', 'text/html', () => repeated(59_000, link).join('')],
    [
      'JSON',
      simpleContentTypes.json,
      () => JSON.stringify({ files: Array.from({ length: 59_000 }, (_, at) => jsonFile(at)) }),
    ],
  ])('lets other work run while it is read as %s', async (_, contentType, body) => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await parseSimplePage({ body: body(), contentType, url, name });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });
});

test.each([
  [undefined, 'html'],
  ['', 'html'],
  ['*/*', 'html'],
  ['text/html', 'html'],
  ['application/vnd.pypi.simple.v1+json', 'json'],
  ['application/vnd.pypi.simple.latest+json', 'json'],
  ['application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01', 'json'],
  ['application/vnd.pypi.simple.v1+json;q=0.1, text/html', 'html'],
  ['application/vnd.pypi.simple.v1+json;q=0, text/html;q=0', undefined],
  ['application/json', undefined],
  ['image/png', undefined],
  ['__proto__', undefined],
])('Accept %j gets %s', (accept, format) => {
  expect(chooseSimpleFormat(accept)).toBe(format);
});

const text = fc
  .string({ maxLength: 20, unit: fc.constantFrom(...'<>&"\'= ;aé') })
  .filter((each) => each.trim() === each && each !== '');
const file: fc.Arbitrary<IndexFile> = fc.record({
  filename: fc.tuple(fc.nat(9), fc.constantFrom('.tar.gz', '-py3-none-any.whl')).map(([n, end]) => `demo-1.${n}${end}`),
  url: fc.constant(''),
  hashes: fc.constantFrom({}, { sha256 }),
  requiresPython: fc.option(text, { nil: undefined }),
  yanked: fc.oneof(fc.boolean(), text),
  size: fc.option(fc.nat(), { nil: undefined }),
  uploadTime: fc.constantFrom(undefined, '2024-05-01T10:00:00.000Z'),
  coreMetadata: fc.constantFrom(undefined, true, { sha256 }),
});
const urlOf = ({ filename }: IndexFile): string => `https://index.example/files/${filename}`;

test('a page rendered as JSON parses back to the same page', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { maxLength: 4 }),
      fc.constantFrom(undefined, 'archived'),
      async (files, status) => {
        const page = { name, files: files.map((each) => ({ ...each, url: urlOf(each) })), status };
        const { contentType, body } = renderSimplePage(page, 'json', urlOf);
        expect(await parseSimplePage({ body, contentType, url, name })).toEqual(page);
      },
    ),
  );
});

test('a page rendered as HTML parses back to the same page except for sizes, which HTML lacks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { maxLength: 4 }),
      fc.constantFrom(undefined, 'archived'),
      async (files, status) => {
        const page = { name, files: files.map((each) => ({ ...each, url: urlOf(each), size: undefined })), status };
        const { contentType, body } = renderSimplePage(page, 'html', urlOf);
        expect(await parseSimplePage({ body, contentType, url, name })).toEqual(page);
      },
    ),
  );
});

test('a JSON page lists its versions and the lowest API version that covers it', () => {
  const files = ['demo-1.0.tar.gz', 'demo-1.10.zip', 'demo-1.9-py3-none-any.whl', 'demo-1.9.zip', 'odd.txt'].map(
    (filename) => ({
      filename,
      url: '',
      hashes: {},
      yanked: false,
      size: 1,
    }),
  );
  const parse = (page: ProjectPage) => JSON.parse(renderSimplePage(page, 'json', urlOf).body);
  expect(parse({ name, files })).toMatchObject({ meta: { 'api-version': '1.1' }, versions: ['1.0', '1.9', '1.10'] });
  expect(parse({ name, files: files.map(({ size, ...rest }) => rest) }).meta).toEqual({ 'api-version': '1.0' });
  expect(parse({ name, files, status: 'archived' }).meta).toEqual({ 'api-version': '1.4' });
});
