import type { Domain, Domains } from '../domains/domain.ts';
import { rootPattern } from '../packages/package-groups.ts';
import { arnOf } from './arns.ts';
import { invalid, isRepository, missing, type Parameters, required } from './parameters.ts';

/** Finds the domain of a resource that exists. */
async function resourceOf(
  parameters: Parameters,
  domains: Pick<Domains, 'find'>,
): Promise<{ readonly arn: string; readonly domain: Domain }> {
  const arn = required(parameters, 'resourceArn');
  const prefix = arnOf('', '').slice(0, -1);
  const [, kind, name = '', rest] =
    /^(domain|repository|package-group)\/([a-z0-9-]+)(?:(\/.*))?$/.exec(
      arn.startsWith(prefix) ? arn.slice(prefix.length) : '',
    ) ?? [];
  const domain = kind === undefined ? undefined : await domains.find(name);
  if (!domain) throw missing('resource', arn);
  const exists =
    kind === 'domain'
      ? rest === undefined
      : kind === 'repository'
        ? isRepository(rest?.slice(1) ?? '')
        : rest === rootPattern || (await domain.settings.read()).groups[rest ?? ''] !== undefined;
  if (!exists) throw missing(kind ?? 'resource', arn);
  return { arn, domain };
}

const maxTags = 200;

/** Answers ListTagsForResource. */
export async function listTags(parameters: Parameters, domains: Pick<Domains, 'find'>): Promise<unknown> {
  const { arn, domain } = await resourceOf(parameters, domains);
  const tags = (await domain.settings.read()).tags[arn] ?? {};
  return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
}

/** Answers TagResource. */
export async function tagResource(parameters: Parameters, domains: Pick<Domains, 'find'>): Promise<unknown> {
  const { tags } = parameters.body;
  const isTag = (tag: unknown): tag is { key: string; value: string } => {
    const { key, value } = (tag ?? {}) as Record<string, unknown>;
    return typeof key === 'string' && /^.{1,128}$/.test(key) && typeof value === 'string' && value.length <= 256;
  };
  if (!Array.isArray(tags) || tags.length > maxTags || !tags.every(isTag))
    throw invalid('`tags` is not a list of tags');
  const added = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
  const { arn, domain } = await resourceOf(parameters, domains);
  return domain.settings.change((settings) => {
    const all = { ...settings.tags[arn], ...added };
    if (Object.keys(all).length > maxTags) throw invalid(`a resource has at most ${maxTags} tags`);
    return { settings: { ...settings, tags: { ...settings.tags, [arn]: all } }, result: {} };
  });
}

/** Answers UntagResource. */
export async function untagResource(parameters: Parameters, domains: Pick<Domains, 'find'>): Promise<unknown> {
  const { tagKeys } = parameters.body;
  if (!Array.isArray(tagKeys)) throw invalid('`tagKeys` is not a list');
  const { arn, domain } = await resourceOf(parameters, domains);
  return domain.settings.change((settings) => {
    const rest = Object.entries(settings.tags[arn] ?? {}).filter(([key]) => !tagKeys.includes(key));
    return { settings: { ...settings, tags: { ...settings.tags, [arn]: Object.fromEntries(rest) } }, result: {} };
  });
}
