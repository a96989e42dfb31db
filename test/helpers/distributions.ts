import { createHash } from 'node:crypto';
import { crc32, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** A distribution file of an index. */
export type Distribution = { readonly filename: string; readonly bytes: Buffer; readonly sha256: string };

type Contents = Readonly<Record<string, string>>;

type Project = {
  readonly name: string;
  readonly version: string;
  readonly requires?: readonly string[];
  readonly requiresPython?: string;
  /** The contents of files in addition to the module, by path. */
  readonly files?: Contents;
};

const distributionOf = (filename: string, bytes: Buffer): Distribution => ({
  filename,
  bytes,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

const moduleOf = (name: string): string => name.toLowerCase().replace(/[-.]+/g, '_');

function metadata({ name, version, requires = [], requiresPython }: Project): string {
  const lines = ['Metadata-Version: 2.2', `Name: ${name}`, `Version: ${version}`];
  if (requiresPython !== undefined) lines.push(`Requires-Python: ${requiresPython}`);
  return `${[...lines, ...requires.map((requirement) => `Requires-Dist: ${requirement}`)].join('\n')}\n\n`;
}

/** Builds a pure-Python wheel with one module that contains its version. */
export function wheel(project: Project): Distribution {
  const { name, version, files = {} } = project;
  const module = moduleOf(name);
  const info = `${module}-${version}.dist-info`;
  const contents: Contents = {
    [`${module}/__init__.py`]: `__version__ = ${JSON.stringify(version)}\n`,
    [`${info}/METADATA`]: metadata(project),
    ...files,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  const record = [...Object.keys(contents), `${info}/RECORD`].map((path) => `${path},,\n`).join('');
  return distributionOf(`${module}-${version}-py3-none-any.whl`, zip({ ...contents, [`${info}/RECORD`]: record }));
}

type SourceProject = Project & {
  /** The `requires` of `[build-system]`. The backend is always that of the project. */
  readonly buildRequires?: readonly string[];
  /** Python code that runs whenever the project is built. */
  readonly buildScript?: string;
};

/** Builds an sdist with an in-tree build backend, so that it needs only `buildRequires` to be built. */
export async function sdist(project: SourceProject): Promise<Distribution> {
  const { name, version, files = {}, buildRequires = [], buildScript = '' } = project;
  const module = moduleOf(name);
  const root = `${module}-${version}`;
  const contents: Contents = {
    'PKG-INFO': metadata(project),
    'pyproject.toml': `[build-system]\nrequires = ${JSON.stringify(buildRequires)}\nbuild-backend = "backend"\nbackend-path = ["."]\n`,
    'backend.py': backend(project, buildScript),
    [`${module}/__init__.py`]: `__version__ = ${JSON.stringify(version)}\n`,
    ...files,
  };
  return distributionOf(`${root}.tar.gz`, gzipSync(await tar(root, contents)));
}

/** Returns the code of a PEP 517 backend that writes the wheel without a library. */
export function backend(project: Project, buildScript = ''): string {
  const module = moduleOf(project.name);
  const info = `${module}-${project.version}.dist-info`;
  return `
import os, zipfile
${buildScript}
METADATA = ${JSON.stringify(metadata(project))}
WHEEL = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"

def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = ${JSON.stringify(`${module}-${project.version}-py3-none-any.whl`)}
    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:
        archive.write(${JSON.stringify(`${module}/__init__.py`)})
        archive.writestr(${JSON.stringify(`${info}/METADATA`)}, METADATA)
        archive.writestr(${JSON.stringify(`${info}/WHEEL`)}, WHEEL)
        archive.writestr(${JSON.stringify(`${info}/RECORD`)}, "")
    return name

build_editable = build_wheel
`;
}

async function tar(root: string, contents: Contents): Promise<Buffer> {
  const archive = pack();
  for (const [path, text] of Object.entries(contents)) archive.entry({ name: `${root}/${path}` }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Returns a ZIP archive without compression (APPNOTE.TXT, section 4.3). */
export function zip(contents: Readonly<Record<string, string | Buffer>>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(contents)) {
    const name = Buffer.from(path);
    const data = typeof text === 'string' ? Buffer.from(text) : text;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt16LE(0x21, 8); // the earliest possible date
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    bodies.push(Buffer.from('PK\x03\x04', 'latin1'), common, name, data);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100644 << 16) >>> 0, 6); // external attributes
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, tail, name);
    offset += 4 + common.length + name.length + data.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(contents).length, 4);
  end.writeUInt16LE(Object.keys(contents).length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, central, Buffer.from('PK\x05\x06', 'latin1'), end]);
}
