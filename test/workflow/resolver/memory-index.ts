import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { normaliseName } from '../../../src/index/names.ts';
import type { IndexFile, TargetEnvironment, UpstreamIndex } from '../../../src/index/types.ts';
import type { ResolverInput } from '../../../src/workflow/resolver/types.ts';
import { makeTarGz } from './archives.ts';

/** One release of a test project. */
export type TestRelease = {
  readonly needs?: readonly string[];
  readonly python?: string;
  readonly yanked?: boolean;
  readonly uploadTime?: string;
  /** Makes the release an sdist with these `build-system.requires`; `'default'`: without pyproject.toml. */
  readonly sdist?: readonly string[] | 'default';
  /** The wheel's tag; `py3-none-any` by default. */
  readonly tag?: string;
};

/** Releases by project name and version. An array is a short form of `needs`. */
export type TestIndex = Readonly<Record<string, Readonly<Record<string, TestRelease | readonly string[]>>>>;

export type MemoryIndex = UpstreamIndex & {
  /** The requests so far: `page a`, `metadata a-1-py3-none-any.whl`, `open a-1.tar.gz`. */
  readonly requests: string[];
};

/** Returns an in-memory index of wheels with PEP 658 metadata and sdists as real archives. */
export function memoryIndex(projects: TestIndex): MemoryIndex {
  const requests: string[] = [];
  const texts = new Map<string, string>();
  const sdists = new Map<string, () => Promise<Buffer>>();
  const pages = new Map(
    Object.entries(projects).map(([name, releases]) => {
      const files = Object.entries(releases).map(([version, release]) => {
        const content: TestRelease = Array.isArray(release) ? { needs: release } : (release as TestRelease);
        const file = fileOf(name, version, content);
        const metadata = metadataOf(name, version, content);
        if (content.sdist === undefined) texts.set(file.url, metadata);
        else sdists.set(file.url, () => sdistOf(`${name}-${version}`, metadata, content.sdist ?? 'default'));
        return file;
      });
      return [normaliseName(name), { name: normaliseName(name), files }] as const;
    }),
  );
  return {
    requests,
    page: async (name) => {
      requests.push(`page ${name}`);
      const page = pages.get(name);
      return page === undefined ? { kind: 'missing' } : { kind: 'found', page, from: ['memory'], complete: true };
    },
    metadata: async ({ url, filename }) => {
      requests.push(`metadata ${filename}`);
      return texts.get(url);
    },
    open: async ({ url, filename }) => {
      requests.push(`open ${filename}`);
      const bytes = await sdists.get(url)?.();
      if (bytes === undefined) throw new Error(`${filename} needs no download`);
      return { stream: Readable.from([bytes]), size: bytes.length, partial: false };
    },
    close: async () => undefined,
  };
}

function fileOf(
  name: string,
  version: string,
  { python, yanked = false, uploadTime, sdist, tag }: TestRelease,
): IndexFile {
  const filename =
    sdist === undefined
      ? `${name.replaceAll('-', '_')}-${version}-${tag ?? 'py3-none-any'}.whl`
      : `${name.replaceAll('-', '_')}-${version}.tar.gz`;
  return {
    filename,
    url: `https://files.example/${filename}`,
    hashes: { sha256: createHash('sha256').update(filename).digest('hex') },
    requiresPython: python,
    yanked,
    uploadTime,
    coreMetadata: sdist === undefined,
  };
}

function metadataOf(name: string, version: string, { needs = [] }: TestRelease): string {
  const lines = needs.map((need) => `Requires-Dist: ${need}\n`).join('');
  return `Metadata-Version: 2.2\nName: ${name}\nVersion: ${version}\n${lines}\nA description.\n`;
}

function sdistOf(folder: string, metadata: string, requires: readonly string[] | 'default'): Promise<Buffer> {
  const pyproject = requires === 'default' ? {} : { [`${folder}/pyproject.toml`]: tomlOf(requires) };
  return makeTarGz({ [`${folder}/PKG-INFO`]: metadata, [`${folder}/setup.py`]: 'raise SystemExit', ...pyproject });
}

function tomlOf(requires: readonly string[]): string {
  return `[build-system]\nrequires = ${JSON.stringify(requires)}\n`;
}

/** CPython 3.11 on x86-64 Linux. */
export const linux: TargetEnvironment = {
  markers: {
    implementation_name: 'cpython',
    implementation_version: '3.11.7',
    os_name: 'posix',
    platform_machine: 'x86_64',
    platform_python_implementation: 'CPython',
    platform_release: '6.1.0',
    platform_system: 'Linux',
    platform_version: '#1 SMP',
    python_full_version: '3.11.7',
    python_version: '3.11',
    sys_platform: 'linux',
  },
  implementation: 'cpython',
  platform: 'linux_x86_64',
  libc: { name: 'glibc', version: '2.36' },
};

/** The part of a resolver input that a test sets. */
export type TestRequest = Partial<Omit<ResolverInput, 'request' | 'index'>> & {
  readonly roots: readonly string[];
  readonly constraints?: readonly string[];
  readonly options?: Partial<ResolverInput['request']['options']>;
};

/** Returns a complete resolver input with defaults. */
export function resolverInput(index: TestIndex | UpstreamIndex, request: TestRequest): ResolverInput {
  const { roots, constraints = [], options, ...rest } = request;
  return {
    request: {
      roots,
      constraints,
      environment: linux,
      options: {
        pre: false,
        noDeps: false,
        upgrade: true,
        formatControl: { onlyBinary: [], noBinary: [] },
        ...options,
      },
    },
    index:
      'page' in index && typeof index.page === 'function' ? (index as UpstreamIndex) : memoryIndex(index as TestIndex),
    refusalOf: () => undefined,
    secureVersions: async () => new Set(),
    now: Date.now,
    ...rest,
  };
}
