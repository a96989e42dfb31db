import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { enforcedUvIndex, enforcedUvText, isEnforcedUv } from '../../src/installers/enforced-uv-configuration.ts';

const index = 'file:///closed';

test.each([
  ['nothing', ''],
  ['indexes', '[[index]]\nurl = "https://a/"\ndefault = true\n[[index]]\nname = "b"\nurl = "https://b/"\n'],
  ['older keys', 'index-url = "https://a/"\nextra-index-url = ["https://b/"]\nfind-links = ["/w"]\nno-index = true\n'],
  ['the table of pip', '[pip]\nindex-url = "https://a/"\nfind-links = ["/w"]\ntorch-backend = "auto"\n'],
])('from a file with %s, uv finds packages only in the enforced index', (_, text) => {
  const enforced = enforcedUvText(text, index);
  const { pip = {}, ...others } = parse(enforced);
  expect([pip, others]).toEqual([{}, { index: [{ url: index, default: true }] }]);
  expect([isEnforcedUv(enforced), enforcedUvIndex(enforced)]).toEqual([true, index]);
});

test('other settings stay', () => {
  const text = 'exclude-newer = 2026-01-01T00:00:00Z\nconcurrent-downloads = 4\n[pip]\nstrict = true\n';
  expect(enforcedUvText(text, index)).toContain('concurrent-downloads = 4');
  expect(parse(enforcedUvText(text, index))).toMatchObject({ pip: { strict: true } });
});
