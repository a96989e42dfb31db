import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { packageStore } from '../../src/local/packages/package-store.ts';
import { temporaryFolder } from './support/stack.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the package store', () => {
  it('runs changes to a package one after another, and removes a package without versions', async () => {
    const packages = packageStore(folder);
    const name = normaliseName('demo');
    const add = (version: string) =>
      packages.change('repository', name, async (stored) => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        const added = { version, revision: 'r', status: 'Published' as const, publishedTime: 1, assets: [] };
        return { stored: { ...stored, versions: [...stored.versions, added] }, result: undefined };
      });
    await Promise.all(['1', '2', '3'].map(add));
    expect((await packages.read('repository', name))?.versions).toHaveLength(3);
    expect(await packages.list('repository')).toEqual(['demo']);
    await packages.change('repository', name, async (stored) => ({ stored: { ...stored, versions: [] }, result: 1 }));
    expect(await packages.list('repository')).toEqual([]);
  });

  it('reads no file outside its folder', async () => {
    await writeFile(join(folder, 'outside.json'), '{"versions":[]}');
    expect(await packageStore(join(folder, 'in')).read('r', normaliseName('../../outside'))).toBeUndefined();
    expect(await packageStore(join(folder, 'in')).read('r', '../../outside' as never)).toBeUndefined();
  });
});
