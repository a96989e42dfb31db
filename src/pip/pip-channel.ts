/** The file descriptor of the socket between awspip and pip's process. */
export const channelDescriptor = 3;

/** Python that writes pip's `User-Agent` to the channel, if it is known, and closes it. */
const announceInterpreter = `
try:
    import os
    with os.fdopen(${channelDescriptor}, 'w') as channel: channel.write(user_agent or '')
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
