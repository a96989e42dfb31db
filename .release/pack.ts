import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from './context.ts';
import { packedProblems } from './packed-files.ts';
import type { Problem } from './problem.ts';
import type { PublishedManifest } from './readiness.ts';

/** Where a release is built, below the project's folder. git ignores it. */
export const artifactFolder = '.build/out/release';

/** The files of a release, and what is wrong with the package. */
export type Artifacts = { readonly tarball: string; readonly problems: readonly Problem[] };

/**
 * Builds and packs the project. Writes the tarball, its bill of materials, the digests of both and the release notes to
 * the artifact folder, and prints the digests of the tarball.
 */
export async function packRelease({ folder, run, say }: Context, notes: string): Promise<Artifacts> {
  const output = path.join(folder, artifactFolder);
  await rm(output, { recursive: true, force: true });
  await run('npm', ['run', 'build'], { cwd: folder });
  await mkdir(output, { recursive: true });
  // The build is done, and its own script would print into the JSON.
  const argv = ['pack', '--json', '--ignore-scripts', `--pack-destination=${output}`];
  const [packed] = JSON.parse(await run('npm', argv, { cwd: folder })) as [Packed];
  const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as PublishedManifest;
  const sbom = `${manifest.name}-${manifest.version}.cdx.json`;
  await copyFile(path.join(folder, 'dist/sbom.cdx.json'), path.join(output, sbom));
  await writeFile(path.join(output, 'notes.md'), `${notes}\n`);
  const sums = await Promise.all([packed.filename, sbom].map((file) => digestLine(output, file, 'sha256')));
  await writeFile(path.join(output, 'SHA256SUMS'), `${sums.join('\n')}\n`);
  say(`packed ${packed.files.length} files, ${(packed.size / 1e6).toFixed(1)} MB`);
  say(`  SHA-256  ${await digestLine(output, packed.filename, 'sha256')}`);
  say(`  SHA-512  ${await digestLine(output, packed.filename, 'sha512')}`);
  const files = packed.files.map(({ path: file }) => file);
  return { tarball: path.join(artifactFolder, packed.filename), problems: packedProblems(files, manifest.files) };
}

type Packed = {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
};

/** Returns a line that `sha256sum --check` reads. */
async function digestLine(folder: string, file: string, algorithm: 'sha256' | 'sha512'): Promise<string> {
  const bytes = await readFile(path.join(folder, file));
  return `${createHash(algorithm).update(bytes).digest('hex')}  ${file}`;
}
