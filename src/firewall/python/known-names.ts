const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** Modules and functions that open connections. Importing one is a finding. */
const network = words(`
urllib urllib2 urllib3 requests httpx aiohttp http.client http.server httplib httplib2 socket _socket socketserver ssl.get_server_certificate ftplib
smtplib smtpd poplib imaplib nntplib telnetlib paramiko websocket websockets pycurl xmlrpc xmlrpclib wget dns.resolver
asyncio.open_connection asyncio.start_server asyncio.open_unix_connection asyncio.streams logging.handlers.HTTPHandler
logging.handlers.SMTPHandler logging.handlers.SocketHandler logging.handlers.DatagramHandler logging.handlers.SysLogHandler
logging.config.listen multiprocessing.connection.Client multiprocessing.connection.Listener multiprocessing.managers.BaseManager
wsgiref.simple_server webbrowser antigravity pip._vendor.requests pip._vendor.urllib3 pip._internal.network
setuptools.package_index setuptools.ssl_support setuptools._vendor.requests six.moves.urllib.request six.moves.urllib_request
six.moves.http_client six.moves.urllib.urlopen future.moves.urllib.request future.standard_library tornado.httpclient
twisted.internet twisted.web.client boto3 botocore ez_setup distribute_setup distutils.command.upload distutils.command.register
requests_toolbelt treq pyodide.http js.fetch discord telegram telebot dhooks pyshark scapy curl_cffi cloudscraper geventhttpclient
fsspec smart_open huggingface_hub gdown pooch`);

/** Parts of network modules that open no connection. */
const offline = words(`
urllib.parse urllib.error urllib.response urllib.robotparser urllib.quote urllib.unquote urllib.urlencode urllib.pathname2url
urllib.url2pathname urllib.request.pathname2url urllib.request.url2pathname urllib.request.quote urllib.request.unquote
urllib.request.urlparse urllib.request.getproxies http.client.responses http.client.HTTPException httplib.responses socket.error
socket.timeout socket.gaierror socket.herror socket.AF_INET socket.AF_INET6 socket.AF_UNIX socket.SOCK_STREAM socket.has_ipv6
socket.gethostname socket.getfqdn socket.SocketType socket.inet_aton socket.inet_pton socket.inet_ntoa socket.inet_ntop socket.htons socket.ntohs
urllib2.URLError urllib2.HTTPError ssl.OPENSSL_VERSION ssl.OPENSSL_VERSION_INFO ssl.OPENSSL_VERSION_NUMBER
urllib3.__version__ urllib3.exceptions requests.exceptions requests.__version__ requests.compat xmlrpc.client.Fault
asyncio.streams.StreamReader asyncio.streams.StreamWriter botocore.exceptions six.moves.urllib.parse fsspec.__version__`);

/** Functions that start another program by a shell command line. */
const shellLines = words(`
os.system os.popen os.popen2 os.popen3 os.popen4 posix.system nt.system subprocess.getoutput subprocess.getstatusoutput
commands.getoutput commands.getstatusoutput asyncio.create_subprocess_shell asyncio.subprocess.create_subprocess_shell
subprocess.create_subprocess_shell os.startfile nt.startfile popen2.popen2 popen2.popen3`);

/** Functions that start another program by a list of arguments, or by a command line with `shell=True`. */
const argumentLists = words(`
subprocess.Popen subprocess.run subprocess.call subprocess.check_call subprocess.check_output pty.spawn pexpect.spawn pexpect.run
distutils.spawn.spawn setuptools._distutils.spawn.spawn distutils.file_util.spawn`);
/** As the above, with the arguments as separate parameters after as many other parameters. */
const argumentParameters: ReadonlyMap<string, number> = new Map([
  ['os.spawnl', 2],
  ['os.spawnle', 2],
  ['os.spawnlp', 2],
  ['os.spawnlpe', 2],
  ['os.spawnv', 1],
  ['os.spawnve', 1],
  ['os.spawnvp', 1],
  ['os.spawnvpe', 1],
  ['os.execl', 0],
  ['os.execle', 0],
  ['os.execlp', 0],
  ['os.execlpe', 0],
  ['os.execv', 0],
  ['os.execve', 0],
  ['os.execvp', 0],
  ['os.execvpe', 0],
  ['os.posix_spawn', 0],
  ['os.posix_spawnp', 0],
  ['asyncio.create_subprocess_exec', 0],
  ['subprocess.create_subprocess_exec', 0],
]);
/** Other ways to start programs or to call native code. */
const otherPrograms = words(`
os.fork os.forkpty pty.fork sh plumbum invoke.run fabric _posixsubprocess.fork_exec _winapi.CreateProcess subprocess.STARTUPINFO
ctypes.CDLL ctypes.PyDLL ctypes.WinDLL ctypes.OleDLL ctypes.cdll ctypes.windll ctypes.oledll ctypes.pydll ctypes.LibraryLoader
_ctypes.dlopen ctypes._dlopen win32api win32com wmi pip pip._internal ensurepip venv.create venv.EnvBuilder`);

/** Functions that execute text or code objects: the name, and which argument it is. */
const executors = words(`
builtins.exec builtins.eval builtins.execfile code.InteractiveInterpreter code.InteractiveConsole code.interact timeit.timeit
timeit.repeat timeit.Timer cProfile.run cProfile.runctx profile.run profile.runctx pdb.run pdb.runeval trace.Trace bdb.Bdb six.exec_
numexpr.evaluate pandas.eval doctest.run_docstring_examples __builtin__.exec __builtin__.eval`);

/** Functions that make code from data in a form that cannot be read as text. */
const opaqueLoaders = words(`
marshal.loads marshal.load pickle.loads pickle.load pickle.Unpickler _pickle.loads _pickle.load cPickle.loads cPickle.load
dill.loads dill.load cloudpickle.loads cloudpickle.load types.FunctionType types.CodeType types.LambdaType types.new_class
zipimport.zipimporter importlib.machinery.SourcelessFileLoader importlib.machinery.ExtensionFileLoader
importlib._bootstrap_external.SourcelessFileLoader imp.load_compiled imp.load_dynamic _imp.create_dynamic _imp.get_frozen_object
builtins.FunctionType code.compile_command jsonpickle.decode shelve.open sys.settrace sys.setprofile gc.get_objects gc.get_referents
ctypes.pythonapi inspect.currentframe.f_globals`);

export type KnownUse =
  | 'network'
  | 'shell-line'
  | 'argument-list'
  | 'argument-parameters'
  | 'program'
  | 'executor'
  | 'opaque'
  | undefined;

/** What setup scripts used of pip to read a requirements file. */
const requirementReader = /^pip(?:\._internal)?\.(?:req|download|network\.session|req\.req_file)\b/;

/** Returns what a function or module outside the archive does. */
export function useOf(name: string): KnownUse {
  if (requirementReader.test(name) || hasName(offline, name) || /^_?socket\.[A-Z][A-Z0-9_]+$/.test(name))
    return undefined;
  if (hasName(network, name)) return 'network';
  if (shellLines.has(name)) return 'shell-line';
  if (argumentLists.has(name)) return 'argument-list';
  if (argumentParameters.has(name)) return 'argument-parameters';
  if (executors.has(name)) return 'executor';
  if (opaqueLoaders.has(name)) return 'opaque';
  return hasName(otherPrograms, name) ? 'program' : undefined;
}

/** Returns how many parameters precede the program and its arguments. */
export const skippedParameters = (name: string): number => argumentParameters.get(name) ?? 0;

/** Checks whether a set contains a dotted name or one of its parents. */
export function hasName(set: ReadonlySet<string>, name: string): boolean {
  for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1))
    if (set.has(name.slice(0, end))) return true;
  return false;
}

/** Modules whose members decide what code does, so that a computed member hides it. */
export const reflectedModules = words(
  'os posix nt subprocess builtins __builtins__ socket _socket importlib sys ctypes urllib urllib.request http.client requests pty commands runpy marshal code base64 codecs zlib',
);

/** Segments under which many modules of the standard library expose one of these modules. */
const exposed = words(
  'os subprocess socket _socket builtins __builtins__ importlib ctypes urllib posix nt marshal base64 codecs runpy pty requests httplib',
);
const exposedBy: ReadonlyMap<string, string> = new Map([
  ['_os', 'os'],
  ['_sys', 'sys'],
  ['_socket', '_socket'],
  ['__builtin__', 'builtins'],
]);
/** Packages that have a member of such a name themselves. */
const ownMembers = /^(?:six\.moves|future\.moves|pip\._vendor|asyncio|future)$/;

/** Returns the full name of a member, such as `os.system` for `shutil.os.system`. */
export function memberName(owner: string, member: string): string {
  const short = exposedBy.get(member) ?? member;
  if (owner !== 'os' && !ownMembers.test(owner) && (exposed.has(short) || (short === 'sys' && owner !== '')))
    return short;
  if (owner === 'posix' || owner === 'nt') return `os.${member}`;
  return `${owner}.${member}`;
}
