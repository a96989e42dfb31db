import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { startNpmRegistry } from '../bench/npm-registry.mjs';

type Packument = { readonly versions: Record<string, { bin: string; dist: { tarball: string; integrity: string } }> };

test('the registry of the npx measurement has its packages and nothing else', async () => {
  const manifest = { name: '@scope/left', version: '1.2.3', bin: 'left.js' };
  const tarball = Buffer.from('archive');
  const { url, requests, close } = await startNpmRegistry([{ manifest, tarball }]);
  try {
    const packument = (await (await fetch(`${url}@scope%2fleft`)).json()) as Packument;
    expect(packument).toMatchObject({ name: '@scope/left', 'dist-tags': { latest: '1.2.3' } });
    const { dist, bin } = packument.versions['1.2.3']!;
    expect(bin).toBe('left.js');
    expect(dist.integrity).toBe(`sha512-${createHash('sha512').update(tarball).digest('base64')}`);
    expect(Buffer.from(await (await fetch(dist.tarball)).arrayBuffer())).toEqual(tarball);
    for (const path of ['right', '@scope%2fleft/1.2.3', '@scope/left/-/left-1.2.4.tgz', '', '%ff']) {
      expect({ path, status: (await fetch(url + path)).status }).toEqual({ path, status: 404 });
    }
    expect((await fetch(`${url}@scope%2fleft`, { method: 'PUT', body: '{}' })).status).toBe(404);
    expect(requests.slice(0, 3)).toEqual(['@scope/left', '@scope/left/-/left-1.2.3.tgz', 'right']);
  } finally {
    await close();
  }
});
