import * as distributions from '../helpers/distributions.ts';

export type Distribution = { readonly filename: string; readonly version: string; readonly bytes: Buffer };

/** Returns a wheel with one module of the project's name. */
export function wheel(name: string, version: string, requires: readonly string[] = []): Distribution {
  const { filename, bytes } = distributions.wheel({ name, version, requires });
  return { filename, bytes, version };
}

/** Returns an sdist with its own backend. Each build adds a line to the file in `BUILD_LOG`. */
export async function sdist(
  name: string,
  version: string,
  buildRequires: readonly string[] = [],
): Promise<Distribution> {
  const buildScript = 'import os\nopen(os.environ["BUILD_LOG"], "a").write("built\\n")';
  const { filename, bytes } = await distributions.sdist({ name, version, buildRequires, buildScript });
  return { filename, bytes, version };
}
