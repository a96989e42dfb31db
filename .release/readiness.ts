import type { Problem } from './problem.ts';

/** The fields of `package.json` that decide whether it may be published. */
export type PublishedManifest = {
  readonly name: string;
  readonly version: string;
  readonly repository?: string | { readonly url?: string };
  readonly homepage?: string;
  readonly bugs?: string | { readonly url?: string; readonly email?: string };
  readonly files?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};

const fillIn = 'fill them in, as the section "For publishers" of CONTRIBUTING.md describes';

/** Returns which facts about the publisher are missing from `package.json` and SECURITY.md. */
export function publisherProblems(manifest: PublishedManifest, security: string): readonly Problem[] {
  const { repository, homepage, bugs } = manifest;
  const fields = {
    repository: typeof repository === 'string' ? repository : repository?.url,
    homepage,
    bugs: typeof bugs === 'string' ? bugs : (bugs?.url ?? bugs?.email),
  };
  const missing = Object.entries(fields).flatMap(([field, value]) =>
    isFilledIn(value) ? [] : [{ text: `package.json: \`${field}\` is missing`, hint: fillIn }],
  );
  const contact = /^Security contact:(.*)$/m.exec(security)?.[1]?.trim() ?? '';
  const hasContact = isFilledIn(contact) && !/^none\b/i.test(contact);
  return hasContact ? missing : [...missing, { text: 'SECURITY.md: the security contact is missing', hint: fillIn }];
}

/** Names of examples (RFC 2606) and words in angle brackets are placeholders. */
function isFilledIn(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '' && !/\bexample\.(?:com|org|net)\b|[<>]|\bTODO\b/i.test(text);
}

/** What npm runs, or asks whether it may run, when it installs a package. */
const installScripts = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare'];

/** Returns what `package.json` may not publish: scripts that run at install time, and packages to install. */
export function manifestProblems(manifest: PublishedManifest): readonly Problem[] {
  const scripts = installScripts.filter((name) => manifest.scripts?.[name] !== undefined);
  const dependencies = (['dependencies', 'optionalDependencies', 'peerDependencies'] as const).flatMap((field) =>
    Object.keys(manifest[field] ?? {}).map((name) => `package.json: \`${field}\` has ${name}`),
  );
  return [
    ...scripts.map((name) => ({ text: `package.json: the script \`${name}\` would run when awspip is installed` })),
    ...dependencies.map((text) => ({ text, hint: 'bundle the package: move it to `devDependencies`' })),
  ];
}

/** Returns why a branch may not be released. */
export function branchProblems(branch: string): readonly Problem[] {
  return branch === 'main' ? [] : [{ text: `the branch is \`${branch}\`, not \`main\``, hint: 'git switch main' }];
}

/** Returns why a working tree may not be released. `status` is what `git status --porcelain` prints. */
export function treeProblems(status: string): readonly Problem[] {
  const changed = status.split('\n').filter((line) => line !== '');
  if (changed.length === 0) return [];
  return [{ text: `not committed: ${names(changed)}`, hint: 'commit or remove what is not committed' }];
}

const maxNamed = 5;

function names(lines: readonly string[]): string {
  const named = lines.slice(0, maxNamed).map((line) => line.slice(3));
  return [...named, ...(lines.length > maxNamed ? ['…'] : [])].join(', ');
}
