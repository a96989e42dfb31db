import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { normaliseName } from '../../../src/index/names.ts';
import type { IndexFile, TargetEnvironment, UpstreamIndex } from '../../../src/index/types.ts';
import type { ResolverInput } from '../../../src/workflow/resolver/types.ts';
import { makeTarGz } from './archives.ts';

/** One release of a made-up project. */
export type MadeRelease = {
  readonly needs?: readonly string[];
  readonly python?: string;
  readonly yanked?: boolean;
  readonly uploadTime?: string;
  /** An sdist alone, with these `build-system.requires`; `'default'`: without pyproject.toml. */
  readonly sdist?: readonly string[] | 'default';
  /** Instead of `py3-none-any`. */
  readonly tag?: string;
};

/** Projects by name, releases by version. A list stands for `needs`. */
export type MadeIndex = Readonly<Record<string, Readonly<Record<string, MadeRelease | readonly string[]>>>>;

export type MemoryIndex = UpstreamIndex & {
  /** What was asked of it: `page a`, `metadata a-1-py3-none-any.whl`, `open a-1.tar.gz`. */
  readonly asked: string[];
};

/** An index in memory: wheels by their PEP 658 metadata, sdists as real archives. */
export function memoryIndex(made: MadeIndex): MemoryIndex {
  const asked: string[] = [];
  const texts = new Map<string, string>();
  const sdists = new Map<string, () => Promise<Buffer>>();
  const pages = new Map(
    Object.entries(made).map(([name, releases]) => {
      const files = Object.entries(releases).map(([version, release]) => {
        const wanted: MadeRelease = Array.isArray(release) ? { needs: release } : (release as MadeRelease);
        const file = fileOf(name, version, wanted);
        const metadata = metadataOf(name, version, wanted);
        if (wanted.sdist === undefined) texts.set(file.url, metadata);
        else sdists.set(file.url, () => sdistOf(`${name}-${version}`, metadata, wanted.sdist ?? 'default'));
        return file;
      });
      return [normaliseName(name), { name: normaliseName(name), files }] as const;
    }),
  );
  return {
    asked,
    page: async (name) => {
      asked.push(`page ${name}`);
      const page = pages.get(name);
      return page === undefined ? { kind: 'missing' } : { kind: 'found', page, from: ['memory'], complete: true };
    },
    metadata: async ({ url, filename }) => {
      asked.push(`metadata ${filename}`);
      return texts.get(url);
    },
    open: async ({ url, filename }) => {
      asked.push(`open ${filename}`);
      const bytes = await sdists.get(url)?.();
      if (bytes === undefined) throw new Error(`${filename} was opened without need`);
      return { stream: Readable.from([bytes]), size: bytes.length, partial: false };
    },
    close: async () => undefined,
  };
}

function fileOf(
  name: string,
  version: string,
  { python, yanked = false, uploadTime, sdist, tag }: MadeRelease,
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

function metadataOf(name: string, version: string, { needs = [] }: MadeRelease): string {
  const lines = needs.map((need) => `Requires-Dist: ${need}\n`).join('');
  return `Metadata-Version: 2.2\nName: ${name}\nVersion: ${version}\n${lines}\nIts prose.\n`;
}

function sdistOf(top: string, metadata: string, requires: readonly string[] | 'default'): Promise<Buffer> {
  const pyproject = requires === 'default' ? {} : { [`${top}/pyproject.toml`]: tomlOf(requires) };
  return makeTarGz({ [`${top}/PKG-INFO`]: metadata, [`${top}/setup.py`]: 'raise SystemExit', ...pyproject });
}

function tomlOf(requires: readonly string[]): string {
  return `[build-system]\nrequires = ${JSON.stringify(requires)}\n`;
}

/** CPython 3.11 on a usual Linux. */
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

type Asked = Partial<Omit<ResolverInput, 'request' | 'index'>> & {
  readonly roots: readonly string[];
  readonly constraints?: readonly string[];
  readonly options?: Partial<ResolverInput['request']['options']>;
};

/** A whole question, of which a test says only what matters. */
export function question(index: MadeIndex | UpstreamIndex, asked: Asked): ResolverInput {
  const { roots, constraints = [], options, ...rest } = asked;
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
      'page' in index && typeof index.page === 'function' ? (index as UpstreamIndex) : memoryIndex(index as MadeIndex),
    refused: () => undefined,
    secure: async () => new Set(),
    now: Date.now,
    ...rest,
  };
}
