import type { Problem } from './problem.ts';

/** What the package consists of, as `files` of `package.json` names it. npm adds `package.json` itself. */
export const publishedParts = ['bin', 'dist', 'README.md', 'CHANGELOG.md', 'LICENSE', 'THIRD-PARTY-NOTICES.txt'];

/** Files without which the package is not complete. */
const required = [
  'package.json',
  'bin/awspip.js',
  'dist/start.cjs',
  'dist/main.js',
  'dist/sbom.cdx.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'THIRD-PARTY-NOTICES.txt',
];

/** Kinds of file that the bundle has no use for: sources and their maps, native code, secrets, and archives. */
const unexpected = /\.(?:map|tsx?|node|dll|so|dylib|exe|pem|key|p12|tgz|gz|zip|log)$|(?:^|\/)(?:\.|node_modules\/)/;

/** Returns what is wrong with the paths of the files in the tarball. */
export function packedProblems(packed: readonly string[], declared: readonly string[] = []): readonly Problem[] {
  const inPart = (file: string) => publishedParts.some((part) => file === part || file.startsWith(`${part}/`));
  const others = declared.filter((part) => !publishedParts.includes(part));
  return [
    ...others.map((part) => ({
      text: `package.json: \`files\` has ${part}`,
      hint: 'if it is meant to be published, add it to `publishedParts` in .release/packed-files.ts',
    })),
    ...packed
      .filter((file) => file !== 'package.json' && !inPart(file))
      .map((file) => ({ text: `the package contains ${file}, which is not on the list of published files` })),
    ...packed
      .filter((file) => unexpected.test(file))
      .map((file) => ({ text: `the package contains ${file}, a kind of file that is never published` })),
    ...required
      .filter((file) => !packed.includes(file))
      .map((file) => ({ text: `the package does not contain ${file}`, hint: 'npm run build' })),
  ];
}
