/** The file descriptor of the socket between awspip and pip's process. */
export const channelDescriptor = 3;

/**
 * Python that writes a `User-Agent` to the channel, with what pip's own says of the interpreter, and closes it. pip sends
 * its own with its first request, after it has loaded its modules, which takes several times as long. An interpreter whose
 * environment takes more than this to find is not announced: other than CPython, on musl, or on Windows.
 */
const announceInterpreter = `
def _announce_interpreter():
    import json, os, platform
    with os.fdopen(${channelDescriptor}, 'w') as channel:
        from pip import __version__
        name, version = platform.python_implementation(), platform.python_version()
        if name != 'CPython': return
        data = {'python': version, 'implementation': {'name': name, 'version': version}, 'cpu': platform.machine()}
        data['system'] = {'name': platform.system(), 'release': platform.release()}
        if sys.platform == 'darwin': data['distro'] = {'version': platform.mac_ver()[0]}
        else:
            lib, libc = os.confstr('CS_GNU_LIBC_VERSION').split()
            data['distro'] = {'libc': {'lib': lib, 'version': libc}}
        channel.write('pip/' + __version__ + ' ' + json.dumps(data))
try: _announce_interpreter()
except Exception: pass
`;

/**
 * Returns Python that loads the modules of a command of pip, and waits for a byte on the channel. Without one, because
 * awspip has ended or the terminal interrupts both, it ends the process silently.
 */
function awaitStart(verb: string): string {
  return `
def _await_start():
    import importlib, os
    try:
        for name in ('cli.main', 'commands.' + ${JSON.stringify(verb)}, 'resolution.resolvelib.resolver'):
            try: importlib.import_module('pip._internal.' + name)
            except ImportError: pass
        if os.read(${channelDescriptor}, 1): return os.close(${channelDescriptor})
    except KeyboardInterrupt: pass
    os._exit(1)
_await_start()
`;
}

/**
 * What pip's process uses the channel for. `announce`: names its interpreter while pip starts. Otherwise it waits for
 * awspip before the command with this verb runs.
 */
export type ChannelUse = 'announce' | { readonly awaitsStartOf: string };

/** Returns the Python for a use of the channel. */
export function useChannel(use: ChannelUse): string {
  return use === 'announce' ? announceInterpreter : awaitStart(use.awaitsStartOf);
}
