import path from 'node:path';
import { normaliseName } from '../index/names.ts';
import { parseRequirement } from '../index/requirement.ts';
import { isBelowRoot, pathOfFileUrl, subdirectoryOf } from './file-url.ts';
import { strip } from './python-text.ts';

/** The target of one argument of pip or one line of a file. */
export type Target =
  | { readonly kind: 'requirement'; readonly text: string }
  /** A local project: as typed, with its folder (absolute) and the selected extras. */
  | {
      readonly kind: 'project';
      readonly value: string;
      readonly folder: string;
      readonly extras: readonly string[];
      /** Installed with `-e`. */
      readonly editable?: true;
    }
  /** A source other than an index: a URL, a repository or a file. */
  | {
      readonly kind: 'unvetted';
      readonly sourceKind: 'url' | 'vcs' | 'local-file' | 'project';
      readonly value: string;
      /** Absolute path of a local file, if it is unambiguous. */
      readonly file?: string | undefined;
    }
  /** Invalid: pip will reject it. */
  | { readonly kind: 'invalid'; readonly text: string };

type KindOf = (file: string) => Promise<'file' | 'folder' | 'other' | 'absent'>;

const archivePattern = /\.(?:zip|whl|tar\.bz2|tbz|tar\.gz|tgz|tar|tar\.xz|txz|tlz|tar\.lz|tar\.lzma)$/i;
const webUrl = /^(?:https?|ftp):/i;
const repositoryUrl = /^(?:git|hg|bzr|svn)(?:\+[a-z]+)?:/i;
const fileUrl = /^file:/i;

/** Parses a positional argument or a line of a requirements file by the rules of pip's `parse_req_from_line`. */
export async function readTarget(typed: string, folder: string, kindOf: KindOf): Promise<Target> {
  const text = strip(typed);
  const address = webUrl.test(text) || repositoryUrl.test(text) || fileUrl.test(text);
  const name = strip(text.split(address ? '; ' : ';', 1)[0] ?? '');
  if (address) return readAddress(name, { folder, kindOf });
  // pip uses the normalised path: `x.whl/` and `x.whl/.` are x.whl.
  const { withoutExtras, extras } = splitExtras(path.resolve(folder, name));
  const file = path.resolve(withoutExtras);
  if (looksLikePath(name) && (await kindOf(file)) === 'folder') {
    return { kind: 'project', value: name, folder: file, extras };
  }
  if (archivePattern.test(file) && (isPath(name) || (await kindOf(file)) === 'file')) {
    return { kind: 'unvetted', sourceKind: 'local-file', value: name, file };
  }
  return readRequirement(text, { folder, kindOf });
}

/** Parses the value of `-e`: a folder, a URL, or `name @ url`. */
export async function readEditable(typed: string, folder: string, kindOf: KindOf): Promise<Target> {
  const text = strip(typed);
  if (webUrl.test(text) || repositoryUrl.test(text) || fileUrl.test(text)) {
    return readAddress(text, { folder, kindOf, editable: true });
  }
  const { withoutExtras, extras } = splitExtras(text);
  const file = path.resolve(folder, withoutExtras);
  if ((await kindOf(file)) === 'folder') return { kind: 'project', value: text, folder: file, extras, editable: true };
  const target = await readRequirement(text, { folder, kindOf });
  return target.kind === 'requirement' ? { kind: 'invalid', text } : target;
}

/** Checks whether pip reads a name as a path although the file is missing. `name@….whl` is a direct reference. */
function isPath(name: string): boolean {
  return !/^[^/\\.@][^/\\@]*@/.test(name);
}

type AddressOptions = {
  readonly folder: string;
  readonly kindOf: KindOf;
  /** Whether the value is an editable. Only then may extras follow the URL. */
  readonly editable?: boolean;
  readonly extras?: readonly string[];
};

async function readRequirement(text: string, reading: AddressOptions): Promise<Target> {
  const requirement = parseRequirement(text);
  // Another pip may read what we cannot: as long as it could be an address, it is one.
  if (requirement === undefined && /@.*:/s.test(text)) return { kind: 'unvetted', sourceKind: 'url', value: text };
  if (requirement === undefined) return { kind: 'invalid', text };
  if (requirement.url === undefined) return { kind: 'requirement', text };
  return readAddress(requirement.url, { ...reading, extras: requirement.extras });
}

async function readAddress(
  address: string,
  { folder, kindOf, editable = false, extras = [] }: AddressOptions,
): Promise<Target> {
  if (repositoryUrl.test(address)) return { kind: 'unvetted', sourceKind: 'vcs', value: address };
  if (!fileUrl.test(address)) return { kind: 'unvetted', sourceKind: 'url', value: address };
  const { withoutExtras, extras: addressExtras } =
    editable || address.includes('#') ? splitExtras(address) : { withoutExtras: address, extras: [] };
  const file = pathOfFileUrl(withoutExtras, folder);
  if (file === undefined || (await kindOf(file)) !== 'folder') {
    return { kind: 'unvetted', sourceKind: 'local-file', value: address, file };
  }
  const subdirectory = subdirectoryOf(address) ?? '';
  if (!isBelowRoot(subdirectory)) return { kind: 'unvetted', sourceKind: 'project', value: address };
  return {
    kind: 'project',
    value: address,
    folder: path.join(file, subdirectory),
    extras: [...extras, ...addressExtras],
    ...(editable && { editable }),
  };
}

function looksLikePath(name: string): boolean {
  return name.includes('/') || name.includes(path.sep) || name.startsWith('.');
}

/** Splits `./project[one,two]` into path and extras, as pip's `strip_extras` does. */
function splitExtras(text: string): { readonly withoutExtras: string; readonly extras: readonly string[] } {
  const [, withoutExtras, list = ''] = (text.endsWith(']') && /^(.+)\[([^\]]+)\]$/s.exec(text)) || [];
  if (withoutExtras === undefined) return { withoutExtras: text, extras: [] };
  const extras = list
    .split(',')
    .map(strip)
    .filter((extra) => extra !== '');
  return { withoutExtras: withoutExtras.trimEnd(), extras: extras.map(normaliseName) };
}
