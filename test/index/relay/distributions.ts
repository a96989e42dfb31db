import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { zip } from './zip.ts';

export type Distribution = { readonly filename: string; readonly version: string; readonly bytes: Buffer };

/** A wheel of one module, `<name>.py`. */
export function wheel(name: string, version: string, requires: readonly string[] = []): Distribution {
  const info = `${name}-${version}.dist-info`;
  const metadata = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    ...requires.map((text) => `Requires-Dist: ${text}`),
  ];
  const files = {
    [`${name}.py`]: `version = "${version}"\n`,
    [`${info}/METADATA`]: `${metadata.join('\n')}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  const record = [...Object.keys(files), `${info}/RECORD`].map((path) => `${path},,\n`).join('');
  return {
    filename: `${name}-${version}-py3-none-any.whl`,
    version,
    bytes: zip({ ...files, [`${info}/RECORD`]: record }),
  };
}

const backend = `
import os, zipfile
def build_wheel(directory, settings=None, metadata=None):
    open(os.environ["BUILD_LOG"], "a").write("built\\n")
    name = "NAME-VERSION-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr("NAME.py", "")
        info = "NAME-VERSION.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: NAME\\nVersion: VERSION\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "NAME.py,,\\n" + info + "METADATA,,\\n" + info + "WHEEL,,\\n" + info + "RECORD,,\\n")
    return name
`;

/** An sdist that builds itself, needing only what is said; each build adds a line to the file in `BUILD_LOG`. */
export async function sdist(name: string, version: string, requires: readonly string[] = []): Promise<Distribution> {
  const tar = pack();
  const root = `${name}-${version}`;
  const backendLines = 'build-backend = "backend"\nbackend-path = ["."]\n';
  const build = `[build-system]\nrequires = ${JSON.stringify(requires)}\n${backendLines}`;
  tar.entry({ name: `${root}/pyproject.toml` }, build);
  tar.entry({ name: `${root}/backend.py` }, backend.replaceAll('NAME', name).replaceAll('VERSION', version));
  tar.entry({ name: `${root}/PKG-INFO` }, `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return { filename: `${root}.tar.gz`, version, bytes: gzipSync(Buffer.concat(chunks)) };
}
