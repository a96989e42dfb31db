import { expect, test } from 'vitest';
import { declaredRepository } from '../../src/firewall/sources/declared-repository.ts';

test.each([
  [{ project_urls: { Homepage: 'https://github.com/raphamoral/request2' } }, 'raphamoral/request2'],
  [{ project_urls: { Homepage: 'https://example.org', Source: 'https://www.github.com/a/b.git' } }, 'a/b'],
  [{ project_urls: { Docs: 'https://github.com/a/docs', Source: 'https://github.com/a/code/tree/main' } }, 'a/code'],
  [{ project_urls: { Funding: 'https://github.com/sponsors/someone' } }, null],
  [{ project_urls: { Source: 'https://gitlab.com/a/b' } }, null],
  [{ project_urls: { Source: 'https://github.com.evil.example/a/b' } }, null],
  [{ project_urls: { Source: 'https://github.com/a/..' } }, null],
  [{ project_urls: { Source: 'https://github.com/a/b%2F..%2Fc' } }, null],
  [{ project_urls: null, home_page: 'git+https://github.com/a/b' }, 'a/b'],
  [{ project_urls: ['https://github.com/a/b'], home_page: 7 }, null],
  [null, null],
])('%j declares %s', (info, repository) => {
  expect(declaredRepository(info)).toBe(repository);
});
