/** What the shims of one run know. */
export type ShimSettings = {
  /** The folder of the shims, absolute. */
  readonly folder: string;
  /** Absolute paths of the interpreter and the script that start awspip. */
  readonly starter: readonly [node: string, script: string];
};

/**
 * How a program is run. `installer`: behind the relay, by awspip. `python`: the same for `-m` and an installer, and
 * directly otherwise. `logged`: directly.
 */
export type ShimKind = 'installer' | 'python' | 'logged';

const installerNames = /^(?:pip(?:-?[23](?:\.\d{1,3})?)?|uvx?|pipx|pipenv|poetry|pdm|pip-sync|pip-compile)$/;
const pythonNames = /^(?:python|pypy)(?:[23](?:\.\d{1,3})?t?)?$/;
/** Programs that create environments in folders of the user. */
const loggedNames = /^(?:hatch|tox|nox|pre-commit|virtualenv|conda|mamba|micromamba)$/;

/** Returns the kind of shim for a program on PATH; undefined for a program that needs none. */
export function shimKind(name: string): ShimKind | undefined {
  if (installerNames.test(name)) return 'installer';
  if (pythonNames.test(name)) return 'python';
  return loggedNames.test(name) ? 'logged' : undefined;
}

/** Quotes a text as one word of sh. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Returns the program, for sh, that stands in front of a program of the same name on PATH. It runs the next one on
 * PATH by its path, because Python finds its environment by the path with which it is started. `found` is that program
 * at the start of the run, for scripts that change PATH.
 *
 * The next program may be a shell script of a version manager, such as pyenv, which searches PATH for the program that
 * it stands for and finds the shim again. So a shim passes over such a script that has led to it. `exec` keeps the
 * process ID, unlike a new command of the program. awspip itself starts a new process.
 */
export function shimText(name: string, kind: ShimKind, found: string, { folder, starter }: ShimSettings): string {
  const sameProcess = kind === 'installer' ? '*' : '"$$"';
  return `#!/bin/sh
# written by \`awspip exec\` for one run
folder=${quote(folder)}
name=${quote(name)}
tried=
case \${AWSPIP_EXEC_TRIED-} in
  ${sameProcess}" $name "*) tried=\${AWSPIP_EXEC_TRIED#* }; tried=\${tried#* } ;;
esac
next=
rest=\${PATH-}:
while [ -n "$rest" ]; do
  entry=\${rest%%:*}
  rest=\${rest#*:}
  [ "$entry" = "$folder" ] && continue
  case :$tried: in *:"\${entry:-.}":*) continue ;; esac
  candidate=\${entry:-.}/$name
  if [ -f "$candidate" ] && [ -x "$candidate" ]; then
    next=$candidate
    break
  fi
done
if [ -z "$next" ] && [ -z "$tried" ]; then
  next=${quote(found)}
  entry=\${next%/*}
fi
if [ -z "$next" ]; then
  printf 'awspip: no other program %s is on PATH\\n' "$name" >&2
  exit 127
fi
line=
read -r line <"$next" 2>/dev/null
case $line in
  "#!"*sh|"#!"*"sh "*) AWSPIP_EXEC_TRIED="$$ $name \${tried:+$tried:}\${entry:-.}"; export AWSPIP_EXEC_TRIED ;;
esac
record() {
  printf '%s\\0' "$#" "$name" "$next" "$PWD" "$@" >>"$folder/log/$name.$$" 2>/dev/null
}
behind_relay() {
  AWSPIP_EXEC_FOLDER=$folder
  export AWSPIP_EXEC_FOLDER
  exec ${starter.map(quote).join(' ')} exec -- "$next" "$@"
}
${bodies[kind]}`;
}

/** Python's options up to `-m MODULE`, as Python reads them: clusters such as \`-Im\`, and values that are words. */
const pythonBody = `module=
wants=
for word do
  case $wants in
    module) module=$word; break ;;
    value) wants=; continue ;;
  esac
  case $word in
    --check-hash-based-pycs) wants=value; continue ;;
    --*) continue ;;
    -?*) ;;
    *) break ;;
  esac
  letters=\${word#-}
  while [ -n "$letters" ]; do
    letter=\${letters%"\${letters#?}"}
    letters=\${letters#?}
    case $letter in
      m) if [ -n "$letters" ]; then module=$letters; break 2; fi; wants=module ;;
      c) break 2 ;;
      W|X|Q) [ -n "$letters" ] || wants=value; letters= ;;
    esac
  done
done
case $module in
  pip|pip.*|uv|pipx|pipenv|poetry|pdm|piptools) record "$@"; behind_relay "$@" ;;
  venv|virtualenv|ensurepip|hatch|tox|nox|pre_commit) record "$@" ;;
  *) [ -e "$folder/log/$name" ] || printf '%s\\0' 0 "$name" "$next" "$PWD" >"$folder/log/$name" 2>/dev/null ;;
esac
exec "$next" "$@"
`;

const bodies: Readonly<Record<ShimKind, string>> = {
  installer: 'record "$@"\nbehind_relay "$@"\n',
  logged: 'record "$@"\nexec "$next" "$@"\n',
  python: pythonBody,
};

/** A program that ran in a run. */
export type RecordedProgram = {
  readonly name: string;
  /** The path with which it was started. */
  readonly program: string;
  readonly folder: string;
  readonly args: readonly string[];
};

/** Reads the records of shims. A record that is not complete ends the text. */
export function parseRecords(text: string): RecordedProgram[] {
  const parts = text.split('\0');
  const records: RecordedProgram[] = [];
  for (let at = 0; at + 4 <= parts.length; ) {
    const count = Number(parts[at]);
    const [name = '', program = '', folder = ''] = parts.slice(at + 1, at + 4);
    if (parts[at] === '' || !Number.isInteger(count) || count < 0 || at + 4 + count >= parts.length) break;
    records.push({ name, program, folder, args: parts.slice(at + 4, at + 4 + count) });
    at += 4 + count;
  }
  return records;
}
