import { hole } from './values.ts';

/** What a command line does. `unknown`: the program is not known. `code`: Python code to analyse. */
export type CommandUse =
  | { readonly kind: 'build' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'program'; readonly command: string }
  | { readonly kind: 'other'; readonly command: string }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'script'; readonly path: string; readonly isPython?: boolean; readonly isShell?: boolean }
  | { readonly kind: 'module'; readonly module: string };

const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Commands of builds: version control, compilers, queries for libraries, and files within the source tree. */
const buildPrograms = list(`
git hg svn bzr darcs pkg-config pkgconf gcc g++ clang clang++ cc c++ cpp ld ar nm ranlib strip objdump readelf as make gmake nmake
cmake ctest ninja ninja-build meson cargo rustc rustup swig cython cython3 cythonize protoc lsb_release uname xcrun sw_vers
xcode-select xcodebuild which where whereis type command ldconfig ldd sysctl otool install_name_tool lipo codesign nvcc hipcc
nvidia-smi rocminfo rocm_agent_enumerator hipconfig ccache sccache distcc dpkg-architecture dpkg-query dpkg mpicc mpicxx mpirun
mpiexec gfortran f77 f90 f95 ifort f2py flang autoconf automake autoreconf autoheader aclocal libtoolize libtool configure bison
flex yacc lex patch diff cmp mkdir rmdir cp mv rm ln cat ls dir pwd cd test true false date head tail grep egrep sed awk gawk sort
uniq tr cut wc find basename dirname realpath readlink expr seq sleep tar unzip gunzip gzip zip xz install m4 gettext msgfmt
xgettext pybabel sphinx-build doxygen pyrcc4 pyrcc5 pyuic4 pyuic5 rcc uic moc qmake lrelease cl cl.exe link lib msbuild devenv
vswhere mt rc ver copy xcopy del move rd md set call echo. vcvarsall vcvars64 vcvars32 vcbuild sip sip5 cffi capnp thrift flatc
antlr antlr4 gperf nasm yasm llvm-ar llvm-nm zig go gofmt javac jar getconf arch nproc dumpbin file brew port pacman rpm equery
getopt r rscript php-config pgrep hostnamectl lscpu dmidecode ulimit export unset exit : if then else fi for do done while case esac
tox pytest nosetests flake8 mypy black isort twine bumpversion pandoc`);
/** Programs that load or start other code, change the machine, send data, or report about the user. */
const dangerousPrograms = list(`
curl wget aria2c axel lynx links fetch nc ncat netcat socat telnet ssh scp sftp rsync ftp tftp dig nslookup host ping openssl gpg
bash sh zsh dash ksh fish csh tcsh ash busybox powershell pwsh cmd start mshta rundll32 regsvr32 wscript cscript certutil bitsadmin
msiexec schtasks reg regedit sc net wmic taskkill attrib perl ruby php node nodejs npm npx yarn pnpm deno bun lua osascript open
xdg-open gnome-open java docker podman kubectl aws gcloud az gh crontab at batch systemctl service launchctl chmod chown chattr sudo
su doas pkexec nohup setsid screen tmux disown kill killall pkill xargs eval source exec touch tee dd mkfifo mknod id whoami who w
last hostname env printenv ifconfig ip ipconfig netstat ss arp route ps uptime base64 base32 xxd od uudecode python2 pip pip2 pip3
easy_install pipx uv uvx conda mamba apt apt-get yum dnf apk snap useradd usermod passwd visudo mount umount insmod modprobe iptables
ufw nft xset xclip xsel pbcopy pbpaste clip screencapture scrot import wall write mail sendmail mutt telegram-send iex calc calc.exe
notepad`);
/** Git commands that reach out or run configured programs. */
const gitNetwork = list('clone fetch pull push ls-remote remote-https submodule archive daemon svn send-email');

const interpreter = /^(?:python|pypy|py)[\d.]*w?$/;
const shells = list('sh bash zsh dash ksh ash');

/** Splits a command line as a shell does, and returns what each of its commands does. */
export function shellLineUses(line: string): readonly CommandUse[] {
  return splitCommands(line).flatMap(({ words, redirects }) => {
    const uses = argumentUses(words);
    const isBuild = uses.every(({ kind }) => kind === 'build' || kind === 'script');
    if (redirects.some((target) => !(isBuild ? localTarget : nullTarget).test(target) && target !== hole)) {
      const command = words.join(' ');
      return [{ kind: 'program', command: `${command} > ${redirects.join(' ')}` } satisfies CommandUse];
    }
    return uses;
  });
}

const nullTarget = /^(?:\/dev\/(?:null|stdout|stderr)|&?\d|nul)$/i;
/** A file that a build may write, such as the log of a compiler. */
const localTarget =
  /^(?:\/dev\/(?:null|stdout|stderr)|&?\d|nul|(?!.*(?:\.\.|\.pth$|\.pyw?$|\.sh$|rc$|profile$|\.ssh))[\w-][\w./-]*)$/i;

/** Returns what a command with separate arguments does. */
export function argumentUses(args: readonly string[]): readonly CommandUse[] {
  const words = [...args];
  while (words[0] !== undefined && /^[A-Za-z_]\w*=/.test(words[0])) words.shift();
  const [first = ''] = words;
  const command = words.join(' ').slice(0, 200);
  if (first === '') return [];
  if (first.includes(hole) && !/[/\\][^/\\]+$/.test(first)) return [{ kind: 'unknown' }];
  const program = programName(first);
  if (program.includes(hole)) return [{ kind: 'unknown' }];
  if (interpreter.test(program)) return interpreterUses(words.slice(1), command);
  if (shells.has(program)) return shellUses(words.slice(1), command);
  if (program === 'cmd' && /^\/[ck]$/i.test(words[1] ?? '')) return shellLineUses(words.slice(2).join(' '));
  if (/^(?:env|time|nice|exec|command|builtin|then|do|else|if|!)$/.test(program) && words.length > 1) {
    return argumentUses(words.slice(1).filter((word, index) => index > 0 || !word.startsWith('-')));
  }
  if (program === 'git') return gitUses(words, command);
  if (words.length === 2 && /^(?:--version|-version|-V)$/.test(words[1] ?? '')) return [{ kind: 'build' }];
  if (program === 'touch' && words.slice(1).every((word) => buildFile.test(word))) return [{ kind: 'build' }];
  if (isLocalScript(first)) return [{ kind: 'script', path: first }];
  if (buildPrograms.has(program) || /config(?:-[\d.]+)?$/.test(program) || isCompiler(program))
    return [{ kind: 'build' }];
  return [{ kind: dangerousPrograms.has(program) ? 'program' : 'other', command }];
}

const buildFile = /(?:^|\/)(?:configure|Makefile|aclocal\.m4|[\w.-]+\.(?:am|in|ac|m4|c|h|cpp|hpp|pyx|stamp|o|a))$/;

const isCompiler = (program: string): boolean =>
  /(?:^|-)(?:gcc|g\+\+|clang|clang\+\+|cc|c\+\+|ld|ar|gfortran)(?:-[\d.]+)?$/.test(program);

const isLocalScript = (word: string): boolean => /^\.\.?[/\\]/.test(word) || /\.(?:sh|bash|bat|cmd|ps1)$/i.test(word);

function programName(word: string): string {
  const name = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1);
  return name.toLowerCase().replace(/\.(?:exe|cmd|bat|com)$/, '');
}

function gitUses(words: readonly string[], command: string): readonly CommandUse[] {
  if (
    /ext::|--upload-pack|--receive-pack|core\.(?:sshcommand|pager|editor|fsmonitor|hookspath)|alias\./i.test(command)
  ) {
    return [{ kind: 'program', command }];
  }
  const verb = words.slice(1).find((word) => !word.startsWith('-'));
  return [gitNetwork.has(verb ?? '') ? { kind: 'other', command } : { kind: 'build' }];
}

function shellUses(args: readonly string[], command: string): readonly CommandUse[] {
  const at = args.findIndex((word) => /^-\w*c$/.test(word));
  if (at !== -1) return shellLineUses(args[at + 1] ?? '');
  const script = args.find((word) => !word.startsWith('-'));
  if (script === undefined) return [{ kind: 'program', command }];
  return [script === hole ? { kind: 'unknown' } : { kind: 'script', path: script, isShell: true }];
}

/** Modules that `python -m` runs in builds. */
const buildModules =
  /^(?:build|cython|Cython\.Build\.\w+|numpy\.f2py|pybind11|mypy|pytest|unittest|compileall|sysconfig|site|platform|grpc_tools\.protoc|setuptools|wheel|twine|tox|nox|sphinx|cffi|lib2to3|json\.tool|zipfile|cogapp|versioneer|babel\.\w+|mesonbuild|meson|cmake|ninja|maturin)/i;

function interpreterUses(args: readonly string[], command: string): readonly CommandUse[] {
  const at = args.findIndex((word) => !/^-[BEIOPRSbdiqsuvxWX]/.test(word));
  const [word, next] = at === -1 ? [] : args.slice(at);
  if (word === undefined || word === '-') return [{ kind: 'unknown' }];
  if (word === '-c')
    return next === undefined || next === hole ? [{ kind: 'unknown' }] : [{ kind: 'code', code: next }];
  if (word === '-m') {
    if (next === undefined || next.includes(hole)) return [{ kind: 'unknown' }];
    if (/^(?:pip|ensurepip|easy_install|http\.server|pipx|uv)\b/.test(next)) return [{ kind: 'program', command }];
    return [buildModules.test(next) ? { kind: 'build' } : { kind: 'module', module: next }];
  }
  if (/^(?:--version|-V|--help|-h)$/.test(word)) return [{ kind: 'build' }];
  return word === hole ? [{ kind: 'unknown' }] : [{ kind: 'script', path: word, isPython: true }];
}

type Command = { readonly words: string[]; readonly redirects: string[] };

const maxCommandLength = 100_000;

/** Splits a line at `;`, `&`, `|` and line ends outside quotes. Commands in substitutions are commands of their own. */
function splitCommands(line: string): readonly Command[] {
  const commands: Command[] = [{ words: [], redirects: [] }];
  const nested: string[] = [];
  let word: string | undefined;
  let redirects = false;
  const endWord = (): void => {
    if (word === undefined) return;
    const current = commands.at(-1);
    if (redirects) current?.redirects.push(word);
    else current?.words.push(word);
    redirects = false;
    word = undefined;
  };
  const text = line.slice(0, maxCommandLength);
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === "'" || character === '"') {
      const end = closing(text, at, character);
      const quoted = text.slice(at + 1, end);
      if (character === '"') nested.push(...substitutions(quoted));
      word = (word ?? '') + quoted;
      at = end;
    } else if (character === '\\' && at + 1 < text.length) {
      // A path of Windows keeps its separators.
      word = (word ?? '') + (/\w/.test(text[at + 1] ?? '') ? character : '') + (text[at + 1] ?? '');
      at += 1;
    } else if (character === '$' && text[at + 1] === '(') {
      const end = closingParenthesis(text, at + 2);
      nested.push(text.slice(at + 2, end));
      word = (word ?? '') + hole;
      at = end;
    } else if (character === '`') {
      const end = closing(text, at, character);
      nested.push(text.slice(at + 1, end));
      word = (word ?? '') + hole;
      at = end;
    } else if (character === '>' || character === '<') {
      if (/^\d$/.test(word ?? '')) word = undefined;
      endWord();
      if (character === '>') {
        while (text[at + 1] === '>') at += 1;
        redirects = true;
      }
      if (text[at + 1] === '&') at += 1;
    } else if (/[;&|\n(){}]/.test(character)) {
      endWord();
      commands.push({ words: [], redirects: [] });
    } else if (/\s/.test(character)) endWord();
    else word = (word ?? '') + character;
  }
  endWord();
  const own = commands.filter(({ words, redirects: targets }) => words.length + targets.length > 0);
  return [...own, ...nested.slice(0, 20).flatMap((part) => (part.length < text.length ? splitCommands(part) : []))];
}

function substitutions(text: string): string[] {
  return [...text.matchAll(/\$\(([^()]*)\)|`([^`]*)`/g)].map(([, first, second]) => first ?? second ?? '');
}

function closing(text: string, at: number, quote: string): number {
  for (let end = at + 1; end < text.length; end += 1) {
    if (text[end] === '\\' && quote !== "'") end += 1;
    else if (text[end] === quote) return end;
  }
  return text.length;
}

function closingParenthesis(text: string, from: number): number {
  let depth = 1;
  for (let end = from; end < text.length; end += 1) {
    if (text[end] === '(') depth += 1;
    else if (text[end] === ')') depth -= 1;
    if (depth === 0) return end;
  }
  return text.length;
}
