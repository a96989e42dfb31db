import type { Metafile } from 'esbuild';

/** The greedy start finds the innermost `node_modules`, where a nested package lies. */
const packageFolder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/** Returns the folder of the package that a file of a bundle belongs to; undefined for the project's own files. */
export function packageOf(file: string): string | undefined {
  return packageFolder.exec(file)?.[0];
}

/** Returns the folders of the packages whose code is in a bundle, sorted. Packages that were shaken off are left out. */
export function bundledPackages({ outputs }: Pick<Metafile, 'outputs'>): readonly string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  return [...new Set(files.flatMap((file) => packageOf(file) ?? []))].sort();
}
