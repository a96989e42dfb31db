/** Checks whether pip's index is a relay. */
export function usesRelay({ PIP_INDEX_URL: indexUrl = '' }: Readonly<Record<string, string>>): boolean {
  return /^http:\/\/[0-9a-f]{8}\.secure-pypi\.invalid\/simple\/$/.test(indexUrl);
}

/**
 * Returns Python that makes pip take its default index, if a command line or a requirements file names it, for the
 * repository behind the relay, and `others` too. In a requirements file, `--index-url` replaces every other index of pip.
 *
 * Every index of pip is in a `SearchScope` (20.3 to 26.3). If another pip does this differently, it asks for PyPI, and
 * the relay blocks that.
 */
export function useRepository(environment: Readonly<Record<string, string>>, others: readonly string[] = []): string {
  const { PIP_INDEX_URL: indexUrl = '' } = environment;
  if (!usesRelay(environment)) return '';
  return `
def _use_repository(repository, others):
    import re
    from pip._internal.models.search_scope import SearchScope
    default = re.compile(r'https?://pypi\\.org(?::(?:80|443))?/simple/*$', re.IGNORECASE)
    initialize = SearchScope.__init__
    def is_default(url): return default.match(url) and '/simple' in url
    def real(url): return repository if url.strip() in others or is_default(url.strip()) else url
    def __init__(self, find_links, index_urls, *others, **named):
        indexes = list(dict.fromkeys(real(url) for url in index_urls))
        initialize(self, find_links, indexes, *others, **named)
    SearchScope.__init__ = __init__
try: _use_repository(${JSON.stringify(indexUrl)}, ${JSON.stringify(others)})
except Exception: pass
`;
}
