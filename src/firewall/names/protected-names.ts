/** Names that are not popular projects, but that people enter after `pip install` by mistake. */
const commonMistakes = ['python', 'python3', 'requirements', 'requirements-txt', 'requirementstxt'];

/** Current and former modules of the standard library, which need no installation. */
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

/**
 * Names of well-known services, products and tools, for which people search a project of that name. Attackers prefer
 * wallets, exchanges, trading bots, AI services, games and chat.
 */
const brands = `airbnb alibaba alipay amazon anthropic apache arbitrum binance bitbucket bitcoin bitfinex bitstamp blockchain bybit
cardano chainlink chatgpt claude cloudflare cohere coinbase coingecko coinmarketcap copilot deepseek deribit discord docker dogecoin
dropbox elasticsearch electrum ethereum etherscan facebook figma fortnite gemini github gitlab google grafana groq heroku
huggingface infura instagram javascript jupiter kraken kubernetes kucoin linkedin litecoin llama mailchimp mastercard
metamask microsoft midjourney minecraft mistral mongodb monero netflix nodejs notion nvidia okex ollama openai opensea oracle
pancakeswap paypal perplexity phantom polkadot polygon postgresql pumpfun quickbooks raydium reddit ripple roblox salesforce
samsung selenium shopify skype slack snapchat snowflake solana spotify steam stripe tensorflow-gpu terraform tether tiktok
trezor tronlink twilio twitch twitter uniswap wechat whatsapp windows wordpress youtube zoom`;

/** Projects that attackers imitate because their users hold money or credentials, and that are not in the popularity list. */
const soughtProjects = `capmonstercloudclient cryptocompare cryptofeed electrumx freqtrade hummingbot python-kraken python-kucoin
solana-py spl-token uniswap-python`;

const splitNames = (text: string): string[] => text.split(/\s+/);

/** A protected name with the rank that stands for its popularity. */
type ProtectedName = { readonly name: string; readonly rank: number };

/**
 * Returns the names that no other name may resemble, in addition to popular names.
 *
 * @param teamNames the protected names of the policy
 */
export function protectedNamesWith(teamNames: readonly string[]): readonly ProtectedName[] {
  return [
    ...teamNames.map((name) => ({ name, rank: 1 })),
    ...commonMistakes.map((name) => ({ name, rank: 50 })),
    // Shorter module names resemble too many honest names.
    ...splitNames(standardLibrary)
      .filter((name) => name.length >= 6)
      .map((name) => ({ name, rank: 700 })),
    ...splitNames(`${brands} ${soughtProjects}`).map((name) => ({ name, rank: 700 })),
  ];
}

/** Returns names that need no installation, so that a project of that name is suspicious itself. */
export const shadowedNames = (): ReadonlySet<string> => new Set([...commonMistakes, ...splitNames(standardLibrary)]);
