/** One option of pip: its canonical long name, every spelling, whether a value follows, the pip that brought it. */
export type OptionRow = {
  readonly name: string;
  readonly spellings: readonly string[];
  readonly takesValue: boolean;
  /** pip version as `year.release`; 0 for what 20.3 already had. Decides between abbreviations. */
  readonly since: number;
};

/**
 * Verbs that ask no index, of every pip from 20.3 to 26.3. Any other word counts as asking one: a verb that a later
 * pip brings must not slip past the relay.
 */
export const verbsWithoutIndex: ReadonlySet<string> = new Set(
  'uninstall freeze inspect list show check config cache hash completion debug help'.split(' '),
);

// A row is: spellings (canonical first), `=` when a value follows, `@` and the pip that brought it.
const general = `
--help -h
--debug @21.3
--isolated
--require-virtualenv --require-venv
--python= @22.3
--verbose -v
--version -V
--quiet -q
--log= --log-file --local-log
--no-input
--keyring-provider= @23.1
--proxy=
--no-proxy-env @26.3
--retries=
--timeout= --default-timeout
--exists-action=
--trusted-host=
--cert=
--client-cert=
--cache-dir=
--no-cache-dir
--disable-pip-version-check
--no-color
--no-python-version-warning
--use-feature=
--use-deprecated=
--resume-retries= @25.1`;

const indexes = `
--index-url= --pypi-url -i
--extra-index-url=
--no-index
--find-links= -f`;

const selection = `
--pre
--prefer-binary
--no-binary=
--only-binary=
--all-releases= @26.0
--only-final= @26.0
--uploaded-prior-to= @26.0
--refresh-package= @26.3`;

const target = `
--platform=
--python-version=
--implementation=
--abi=`;

const building = `
--requirement= -r
--constraint= -c
--build-constraint= @25.3
--no-deps --no-dependencies
--only-deps --only-dependencies @26.3
--group= @25.1
--requirements-from-script= @26.0
--src= --source --source-dir --source-directory
--build-dir= --build --build-directory -b
--ignore-requires-python
--no-build-isolation
--check-build-dependencies @22.2
--use-pep517
--no-use-pep517
--config-settings= -C @22.1
--global-option=
--no-clean
--require-hashes
--no-require-hashes @26.3
--progress-bar=`;

const installing = `
--editable= -e
--dry-run @22.2
--target= -t
--user
--no-user
--root=
--prefix=
--upgrade -U
--upgrade-strategy=
--force-reinstall
--ignore-installed -I
--break-system-packages @23.0
--install-option=
--compile
--no-compile
--no-warn-script-location
--no-warn-conflicts
--root-user-action= @22.1
--report= @22.2`;

const ofVerb: Readonly<Record<string, string>> = {
  install: indexes + selection + target + building + installing,
  download: `${indexes}${selection}${target}${building}
--dest= --destination-dir --destination-directory -d`,
  wheel: `${indexes}${selection}${building}
--editable= -e
--wheel-dir= -w
--build-option=
--no-verify`,
  lock: `${indexes}${selection}${building}
--editable= -e
--output= -o`,
  index: `${indexes}${selection}${target}
--ignore-requires-python
--json @25.1`,
  list: `${indexes}${selection}
--outdated -o
--uptodate -u
--editable -e
--local -l
--user
--path=
--format=
--not-required
--exclude-editable
--include-editable
--exclude=`,
  freeze: `
--requirement= -r
--find-links= -f
--local -l
--user
--path=
--all
--exclude-editable
--exclude=`,
  uninstall: `
--requirement= -r
--yes -y
--root-user-action= @22.2
--break-system-packages @23.0`,
  inspect: `
--local
--user
--path=`,
  show: `
--files -f`,
  config: `
--editor=
--global
--user
--site`,
  search: `
--index= -i`,
  cache: `
--format=`,
  hash: `
--algorithm= -a`,
  debug: target,
  completion: `
--bash -b
--zsh -z
--fish -f
--powershell -p`,
};

const tables = new Map<string, readonly OptionRow[]>();

/** The options that may stand after a verb, or before any verb when there is none. An unknown verb has install's. */
export function optionTable(verb: string | undefined): readonly OptionRow[] {
  const key = verb === undefined ? '' : Object.hasOwn(ofVerb, verb) || verbsWithoutIndex.has(verb) ? verb : 'install';
  const known = tables.get(key);
  if (known) return known;
  const text = general + (Object.hasOwn(ofVerb, key) ? ofVerb[key] : '');
  const rows = text.trim().split('\n').map(row);
  tables.set(key, rows);
  return rows;
}

function row(line: string): OptionRow {
  const [spelled = '', since = '0'] = line.split(' @');
  const spellings = spelled.replace('=', '').split(' ');
  return { name: spellings[0] ?? '', spellings, takesValue: spelled.includes('='), since: Number(since) };
}
