/** Names that matter though no popularity list has them: what people mistype into `pip install` by habit. */
const habits = ['python', 'python3', 'requirements', 'requirements-txt', 'requirementstxt'];

/** Modules that come with Python, present and past: nobody need install them. Shorter ones resemble too much. */
const standardLibrary = `antigravity argparse asynchat asyncio asyncore audioop base64 binascii builtins calendar codecs collections
colorsys compileall concurrent configparser contextlib contextvars copyreg cprofile ctypes curses dataclasses datetime decimal
difflib distutils doctest encodings ensurepip faulthandler filecmp fileinput fnmatch fractions ftplib functools genericpath getpass
gettext graphlib hashlib idlelib imaplib importlib inspect ipaddress itertools keyword lib2to3 linecache locale logging mailbox
mailcap marshal mimetypes modulefinder msilib msvcrt multiprocessing nntplib ntpath nturl2path numbers opcode operator optparse
ossaudiodev pathlib pickle pickletools pkgutil platform plistlib poplib posixpath pprint profile pstats py-compile pyclbr pydoc-data
pyexpat quopri random readline reprlib resource rlcompleter sched secrets select selectors shelve signal smtplib sndhdr socket
socketserver sqlite3 statistics string stringprep struct subprocess symtable sysconfig syslog tabnanny tarfile telnetlib tempfile
termios textwrap threading timeit tkinter tokenize tomllib traceback tracemalloc turtle turtledemo typing unicodedata unittest urllib
warnings weakref webbrowser winreg winsound wsgiref xdrlib xmlrpc zipapp zipfile zipimport zoneinfo`;

/** Names of well-known services and tools, which strangers look for under their own name. */
const brands = `amazon anthropic binance bitbucket bitcoin blockchain cardano chatgpt cloudflare coinbase deepseek discord docker dogecoin
elasticsearch ethereum facebook fortnite gemini github gitlab google instagram javascript kraken kubernetes linkedin litecoin metamask
microsoft midjourney minecraft mongodb netflix nodejs openai opensea paypal polygon postgresql roblox selenium snapchat solana spotify
telegram terraform tiktok twitter uniswap whatsapp windows youtube`;

const words = (text: string): string[] => text.split(/\s+/);

/** A name and the place in the popularity list it is weighed as. */
export type ProtectedName = { readonly name: string; readonly rank: number };

/** What nothing may resemble, beyond the popular names. @param own a team's own names */
export function protectedNamesWith(own: readonly string[]): readonly ProtectedName[] {
  return [
    ...own.map((name) => ({ name, rank: 1 })),
    ...habits.map((name) => ({ name, rank: 50 })),
    ...words(standardLibrary)
      .filter((name) => name.length >= 6)
      .map((name) => ({ name, rank: 700 })),
    ...words(brands).map((name) => ({ name, rank: 700 })),
  ];
}

/** Names that shadow what everyone has already: installing one is never meant. */
export const shadowedNames = (): ReadonlySet<string> => new Set([...habits, ...words(standardLibrary)]);
