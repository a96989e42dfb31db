import type { Metafile } from 'esbuild';

/** The greedy start finds the innermost `node_modules`, where a nested package lies. */
const packageFolder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/** Returns the folders of the packages whose code is in a bundle, sorted. Packages that were shaken off are left out. */
export function bundledPackages({ outputs }: Pick<Metafile, 'outputs'>): readonly string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  return [...new Set(files.flatMap((file) => packageFolder.exec(file) ?? []))].sort();
}
