import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { normaliseName } from '../../../src/index/names.ts';
import type { IndexFile, ProjectName } from '../../../src/index/types.ts';
import type { PublicIndex } from '../../../src/local/types.ts';

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

export type FakeFile = {
  readonly filename: string;
  readonly bytes: Buffer;
  readonly hashes?: Record<string, string>;
  readonly yanked?: boolean | string;
  readonly requiresPython?: string;
};

/** Returns a public index in memory, which tests change and which counts its requests. */
export function fakePublicIndex() {
  const projects = new Map<ProjectName, FakeFile[]>();
  const requests = { pages: 0, files: new Map<string, number>() };
  const faults = { unreachable: false, unreachableFiles: false };
  const listed = ({ filename, bytes, hashes, yanked = false, requiresPython }: FakeFile): IndexFile => ({
    filename,
    url: `https://files.example/${filename}`,
    hashes: hashes ?? { sha256: sha256(bytes) },
    size: bytes.length,
    yanked,
    uploadTime: '2024-05-29T15:37:49.000000Z',
    requiresPython,
    coreMetadata: true,
  });
  const index: PublicIndex = {
    page: async (name) => {
      requests.pages += 1;
      if (faults.unreachable) return { kind: 'unreachable', cause: 'connect ECONNREFUSED' };
      const files = projects.get(name);
      return files ? { kind: 'found', page: { name, files: files.map(listed) } } : { kind: 'missing' };
    },
    open: async ({ filename }) => {
      if (faults.unreachable || faults.unreachableFiles) throw new Error('connect ECONNREFUSED');
      requests.files.set(filename, (requests.files.get(filename) ?? 0) + 1);
      const file = [...projects.values()].flat().find((published) => published.filename === filename);
      if (!file) throw new Error('404');
      return { stream: Readable.from([file.bytes]), size: file.bytes.length };
    },
  };
  return {
    index,
    requests,
    faults,
    publish: (project: string, ...files: FakeFile[]) => {
      const name = normaliseName(project);
      projects.set(name, [...(projects.get(name) ?? []), ...files]);
    },
    remove: (project: string) => projects.delete(normaliseName(project)),
    replace: (project: string, ...files: FakeFile[]) => projects.set(normaliseName(project), files),
  };
}

export type FakePublicIndex = ReturnType<typeof fakePublicIndex>;

export const wheel = (name: string, version: string, content = `${name} ${version}`): FakeFile => ({
  filename: `${name}-${version}-py3-none-any.whl`,
  bytes: Buffer.from(content),
});

export const sdist = (name: string, version: string, content = `${name} ${version} source`): FakeFile => ({
  filename: `${name}-${version}.tar.gz`,
  bytes: Buffer.from(content),
});
