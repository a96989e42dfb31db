/**
 * The first program in the sandbox: `CODE PORT KEEPS_LC_CTYPE PROGRAM [ARGUMENT]…`. It opens the relay's port on the
 * sandbox's own loopback and sends the listening socket to awspip, through Node's channel for child processes. The
 * message is that of `subprocess.send('listening', server)`. It then becomes the program.
 *
 * Python ignores SIGPIPE, the sandbox ignores SIGINT, and a Python in the C locale sets LC_CTYPE. The program must
 * inherit none of that.
 */
export const launcherCode = `
import array, os, signal, socket, sys
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(('127.0.0.1', int(sys.argv[1])))
listener.listen(128)
descriptor = int(os.environ.pop('NODE_CHANNEL_FD'))
os.environ.pop('NODE_CHANNEL_SERIALIZATION_MODE', None)
channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=descriptor)
channel.setblocking(True)
message = b'{"cmd":"NODE_HANDLE","type":"net.Server","msg":"listening"}\\n'
channel.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [listener.fileno()]))])
if not channel.recv(4096): sys.exit('awspip: the relay did not answer')
channel.close()
listener.close()
for name in ('SIGINT', 'SIGPIPE', 'SIGXFSZ'): signal.signal(getattr(signal, name), signal.SIG_DFL)
if sys.argv[2] == '0': os.environ.pop('LC_CTYPE', None)
try: os.execv(sys.argv[3], sys.argv[3:])
except OSError as error:
    sys.stderr.write('awspip: cannot start %s: %s\\n' % (sys.argv[3], error.strerror))
    sys.exit(126)
`;
