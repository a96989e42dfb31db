import type { Problem } from './problem.ts';

/** What `files` of `package.json` names. npm adds `package.json`, and every README and LICENSE at the top. */
export const publishedParts = ['bin', 'dist', 'README.md', 'CHANGELOG.md', 'LICENSE', 'THIRD-PARTY-NOTICES.txt'];

/** The files that may be published. A chunk has the name of its module and a hash. */
export const publishable: readonly RegExp[] = [
  /^(?:CHANGELOG\.md|LICENSE|README(?:\.[a-z]{2})?\.md|THIRD-PARTY-NOTICES\.txt|package\.json)$/,
  /^bin\/(?:awspip\.js|package\.json)$/,
  /^dist\/(?:main\.js|start\.cjs|inspect-worker\.js|report-schema\.json|sbom\.cdx\.json|python\/launch\.py)$/,
  /^dist\/chunks\/[\w.-]+-[A-Z0-9]{8}\.js$/,
];

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

const extend = 'if it is meant to be published, add it to the lists in .release/packed-files.ts';

/** Returns what is wrong with the paths of the files in the tarball. */
export function packedProblems(packed: readonly string[], declared: readonly string[] = []): readonly Problem[] {
  return [
    ...declared
      .filter((part) => !publishedParts.includes(part))
      .map((part) => ({ text: `package.json: \`files\` has ${part}`, hint: extend })),
    ...packed
      .filter((file) => !publishable.some((pattern) => pattern.test(file)))
      .map((file) => ({ text: `the package contains ${file}, which is not on the list`, hint: extend })),
    ...required
      .filter((file) => !packed.includes(file))
      .map((file) => ({ text: `the package does not contain ${file}`, hint: 'npm run build' })),
  ];
}
