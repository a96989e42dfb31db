import path from 'node:path';
import { normaliseName } from '../index/names.ts';
import { parseRequirement } from '../index/requirement.ts';
import { pathOfFileAddress, staysBelow, subdirectoryOf } from './file-address.ts';
import { strip } from './python-text.ts';

/** What one word of a pip command line, or one line of a file, asks for. */
export type Target =
  | { readonly kind: 'requirement'; readonly text: string }
  /** A local project: as typed, its folder (absolute), the extras chosen. */
  | {
      readonly kind: 'project';
      readonly value: string;
      readonly folder: string;
      readonly extras: readonly string[];
      /** Installed with `-e`. */
      readonly editable?: true;
    }
  /** What comes from no index: an address, a repository, a file. */
  | {
      readonly kind: 'unvetted';
      readonly what: 'url' | 'vcs' | 'local-file' | 'project';
      readonly value: string;
      /** Of a local file: where it lies, absolute, if that can be told. */
      readonly file?: string | undefined;
    }
  /** pip refuses it by itself. */
  | { readonly kind: 'invalid'; readonly text: string };

type Kinds = (file: string) => Promise<'file' | 'folder' | 'other' | 'absent'>;

const archive = /\.(?:zip|whl|tar\.bz2|tbz|tar\.gz|tgz|tar|tar\.xz|txz|tlz|tar\.lz|tar\.lzma)$/i;
const web = /^(?:https?|ftp):/i;
const repository = /^(?:git|hg|bzr|svn)(?:\+[a-z]+)?:/i;
const fileUrl = /^file:/i;

/** Reads a positional argument or a line of a requirements file, by the rules of pip's `parse_req_from_line`. */
export async function readTarget(typed: string, folder: string, kindOf: Kinds): Promise<Target> {
  const text = strip(typed);
  const address = web.test(text) || repository.test(text) || fileUrl.test(text);
  const name = strip(text.split(address ? '; ' : ';', 1)[0] ?? '');
  if (address) return readAddress(name, { folder, kindOf });
  // pip looks at the path that it comes to: `x.whl/` and `x.whl/.` are x.whl.
  const { bare, extras } = splitExtras(path.resolve(folder, name));
  const file = path.resolve(bare);
  if (looksLikePath(name) && (await kindOf(file)) === 'folder') {
    return { kind: 'project', value: name, folder: file, extras };
  }
  if (archive.test(file) && (nameless(name) || (await kindOf(file)) === 'file')) {
    return { kind: 'unvetted', what: 'local-file', value: name, file };
  }
  return readRequirement(text, { folder, kindOf });
}

/** Reads the value of `-e`: a folder, an address, or `name @ address`. */
export async function readEditable(typed: string, folder: string, kindOf: Kinds): Promise<Target> {
  const text = strip(typed);
  if (web.test(text) || repository.test(text) || fileUrl.test(text)) {
    return readAddress(text, { folder, kindOf, editable: true });
  }
  const { bare, extras } = splitExtras(text);
  const file = path.resolve(folder, bare);
  if ((await kindOf(file)) === 'folder') return { kind: 'project', value: text, folder: file, extras, editable: true };
  const target = await readRequirement(text, { folder, kindOf });
  return target.kind === 'requirement' ? { kind: 'invalid', text } : target;
}

/** Whether this is a path to pip even where no such file is: `name@….whl` is a requirement with an address. */
function nameless(name: string): boolean {
  return !/^[^/\\.@][^/\\@]*@/.test(name);
}

type Reading = {
  readonly folder: string;
  readonly kindOf: Kinds;
  /** Only then may extras stand behind the address itself. */
  readonly editable?: boolean;
  readonly extras?: readonly string[];
};

async function readRequirement(text: string, reading: Reading): Promise<Target> {
  const requirement = parseRequirement(text);
  // Another pip may read what we cannot: as long as it could be an address, it is one.
  if (requirement === undefined && /@.*:/s.test(text)) return { kind: 'unvetted', what: 'url', value: text };
  if (requirement === undefined) return { kind: 'invalid', text };
  if (requirement.url === undefined) return { kind: 'requirement', text };
  return readAddress(requirement.url, { ...reading, extras: requirement.extras });
}

async function readAddress(
  address: string,
  { folder, kindOf, editable = false, extras = [] }: Reading,
): Promise<Target> {
  if (repository.test(address)) return { kind: 'unvetted', what: 'vcs', value: address };
  if (!fileUrl.test(address)) return { kind: 'unvetted', what: 'url', value: address };
  const { bare, extras: written } =
    editable || address.includes('#') ? splitExtras(address) : { bare: address, extras: [] };
  const file = pathOfFileAddress(bare, folder);
  if (file === undefined || (await kindOf(file)) !== 'folder') {
    return { kind: 'unvetted', what: 'local-file', value: address, file };
  }
  const below = subdirectoryOf(address) ?? '';
  if (!staysBelow(below)) return { kind: 'unvetted', what: 'project', value: address };
  return {
    ...{ kind: 'project', value: address, folder: path.join(file, below), extras: [...extras, ...written] },
    ...(editable && { editable }),
  };
}

function looksLikePath(name: string): boolean {
  return name.includes('/') || name.includes(path.sep) || name.startsWith('.');
}

/** `./project[one,two]` without its extras, as pip's `strip_extras`. */
function splitExtras(text: string): { readonly bare: string; readonly extras: readonly string[] } {
  const [, bare, list = ''] = (text.endsWith(']') && /^(.+)\[([^\]]+)\]$/s.exec(text)) || [];
  if (bare === undefined) return { bare: text, extras: [] };
  const extras = list
    .split(',')
    .map(strip)
    .filter((extra) => extra !== '');
  return { bare: bare.trimEnd(), extras: extras.map(normaliseName) };
}
