import * as distributions from '../helpers/distributions.ts';

export type Distribution = { readonly filename: string; readonly version: string; readonly bytes: Buffer };

/** A wheel of one module named as the project. */
export function wheel(name: string, version: string, requires: readonly string[] = []): Distribution {
  const { filename, bytes } = distributions.wheel({ name, version, requires });
  return { filename, bytes, version };
}

/** An sdist that builds itself; each start of its backend adds a line to the file in `BUILD_LOG`. */
export async function sdist(
  name: string,
  version: string,
  buildRequires: readonly string[] = [],
): Promise<Distribution> {
  const buildScript = 'import os\nopen(os.environ["BUILD_LOG"], "a").write("built\\n")';
  const { filename, bytes } = await distributions.sdist({ name, version, buildRequires, buildScript });
  return { filename, bytes, version };
}
