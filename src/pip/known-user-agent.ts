/**
 * Python that sets `user_agent` to what the relay reads in pip's `User-Agent`: pip's version and the interpreter. `None` for
 * an interpreter whose environment takes more than this to find: other than CPython, on musl, or on Windows.
 */
export const findUserAgent = `
def _find_user_agent():
    import json, os, platform
    from pip import __version__
    name, version = platform.python_implementation(), platform.python_version()
    if name != 'CPython': return None
    data = {'python': version, 'implementation': {'name': name, 'version': version}, 'cpu': platform.machine()}
    data['system'] = {'name': platform.system(), 'release': platform.release()}
    if sys.platform == 'darwin': data['distro'] = {'version': platform.mac_ver()[0]}
    else:
        lib, libc = os.confstr('CS_GNU_LIBC_VERSION').split()
        data['distro'] = {'libc': {'lib': lib, 'version': libc}}
    return 'pip/' + __version__ + ' ' + json.dumps(data)
try: user_agent = _find_user_agent()
except Exception: user_agent = None
`;

/**
 * Python that makes pip send this one. pip starts `lsb_release` and `rustc` for its own, for the statistics of PyPI, which
 * takes a tenth of a second. If another pip does this differently (20.3 to 26.3 don't), it sends its own.
 */
export const sendUserAgent = `
def _send_user_agent():
    from pip._internal.network import session
    if user_agent and callable(session.user_agent): session.user_agent = lambda: user_agent
try: _send_user_agent()
except Exception: pass
`;
