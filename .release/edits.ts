import { releasedChangelog } from './changelog.ts';
import { ReleaseError } from './problem.ts';

/** The files that name the version, as text. */
export const editedFiles = ['package.json', 'package-lock.json', 'src/version.ts', 'CHANGELOG.md'] as const;

export type EditedFiles = Readonly<Record<(typeof editedFiles)[number], string>>;

/** Returns the files with a new version, and the release notes. `date` is like 2026-11-30. */
export function withVersion(
  files: EditedFiles,
  version: string,
  date: string,
): { readonly files: EditedFiles; readonly notes: string } {
  const changelog = releasedChangelog(files['CHANGELOG.md'], version, date);
  return {
    files: {
      'package.json': edited(files['package.json'], (manifest) => {
        manifest.version = version;
      }),
      'package-lock.json': edited(files['package-lock.json'], (lock) => {
        lock.version = version;
        const root = lock.packages?.[''];
        if (root === undefined) throw new ReleaseError([{ text: 'package-lock.json does not list the project' }]);
        root.version = version;
      }),
      'src/version.ts': withConstant(files['src/version.ts'], version),
      'CHANGELOG.md': changelog.text,
    },
    notes: changelog.notes,
  };
}

type Versioned = { version?: string; packages?: Record<string, { version?: string } | undefined> };

/** npm writes both files like this. */
function edited(text: string, change: (document: Versioned) => void): string {
  const document = JSON.parse(text) as Versioned;
  change(document);
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function withConstant(text: string, version: string): string {
  const constant = /(?<=^export const version = ')[^']*(?=';$)/m;
  if (!constant.test(text)) throw new ReleaseError([{ text: 'src/version.ts has no `export const version`' }]);
  return text.replace(constant, version);
}
