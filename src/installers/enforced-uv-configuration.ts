import { stringify } from 'smol-toml';
import { parseToml } from '../toml.ts';

/** uv rejects unknown keys, so the mark is a comment. uv never writes its configuration file. */
const mark = '# Written by `awspip setup --enforce`: uv finds packages in the vetted repository only, or nowhere.';

/** The settings with which uv finds packages (https://docs.astral.sh/uv/reference/settings/). */
const sourceKeys = ['index', 'index-url', 'extra-index-url', 'find-links', 'no-index', 'torch-backend'];

/** Whether `awspip setup --enforce` wrote this text of a `uv.toml`. */
export function isEnforcedUv(text: string): boolean {
  return text.startsWith(mark);
}

/** Returns the index that an enforced configuration names. */
export function enforcedUvIndex(text: string): string | undefined {
  const { index } = parseToml(text) as { index?: readonly { readonly url?: unknown }[] };
  return typeof index?.[0]?.url === 'string' ? index[0].url : undefined;
}

/**
 * Returns the user's `uv.toml` with one index in place of every other source of packages. Other settings stay.
 *
 * @throws TomlError if the text is not TOML.
 */
export function enforcedUvText(text: string, index: string): string {
  const { pip, ...others } = withoutSources(parseToml(text));
  const kept = typeof pip === 'object' && pip !== null ? { pip: withoutSources(pip as Record<string, unknown>) } : {};
  const head = `${mark}\n# To install a package, run \`awspip exec -- uv …\`. \`awspip setup --remove\` restores the file that was here.\n\n`;
  return head + stringify({ ...others, ...kept, index: [{ url: index, default: true }] });
}

function withoutSources(table: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).filter(([key]) => !sourceKeys.includes(key)));
}
