import { asObject, asText } from './json.ts';

/** First path segments of github.com that are not owners. */
const reservedSegments = new Set([
  'sponsors',
  'orgs',
  'users',
  'features',
  'topics',
  'marketplace',
  'apps',
  'settings',
  'about',
]);
/** Labels of `project_urls` for the source code, in order of preference. */
const codeLabels = ['source', 'source code', 'sourcecode', 'repository', 'repo', 'code', 'github', 'homepage', 'home'];
const maxLinks = 100;

/** Returns the GitHub repository (`owner/name`) that PyPI's `info` declares; null if it declares none. */
export function declaredRepository(info: unknown): string | null {
  const fields = asObject(info) ?? {};
  const links = Object.entries(asObject(fields.project_urls) ?? {}).slice(0, maxLinks);
  const ordered = links
    .map(([label, url], index) => ({ url, index, label: codeLabels.indexOf(label.toLowerCase().trim()) }))
    .sort((a, b) => rank(a.label) - rank(b.label) || a.index - b.index);
  for (const url of [...ordered.map((link) => link.url), fields.home_page, fields.download_url]) {
    const repository = readRepository(asText(url));
    if (repository !== undefined) return repository;
  }
  return null;
}

const rank = (index: number): number => (index === -1 ? codeLabels.length : index);

function readRepository(url: string | undefined): string | undefined {
  if (url === undefined || url.length > 2_000 || !URL.canParse(url)) return undefined;
  const { hostname, pathname, protocol } = new URL(url);
  if (!/^(git\+)?(https?|ssh|git):$/.test(protocol) || !/^(www\.)?github\.com$/.test(hostname)) return undefined;
  const [, owner = '', name = ''] = pathname.split('/');
  const repository = name.replace(/\.git$/, '');
  if (reservedSegments.has(owner.toLowerCase())) return undefined;
  return /^[\w-]{1,39}$/.test(owner) && /^[\w.-]{1,100}$/.test(repository) && !/^\.+$/.test(repository)
    ? `${owner}/${repository}`
    : undefined;
}
