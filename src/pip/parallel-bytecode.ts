/**
 * Python that makes pip compile installed modules in other processes, one for each processor, while it unpacks the next
 * wheel. pip compiles them one after the other, which takes half of an install from a near repository.
 *
 * pip calls `compileall.compile_file` for each file, and records the `.pyc` file if that exists (20.3 to 26.3). So it is
 * created empty, which Python takes for none (`EOFError` in `importlib.SourceLoader.get_code`), and written later. If
 * another pip does this differently, it compiles alone. pip's own process compiles at first: a small install ends before
 * another process has started.
 *
 * The processes run isolated and without `site`, so that no code of an installed package runs in them. They end before
 * pip moves the files of `--target`, and before it reports success.
 */
export const compileInParallel = `
def _compile_in_parallel():
    import atexit, compileall, importlib.util, logging, os, shutil, subprocess, time
    processors = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    if processors < 2 or sys.version_info < (3, 8) or sys.pycache_prefix or not sys.executable: return
    if 'PYTHONHOME' in os.environ: return  # an isolated Python would not find its library
    compile_file, move = compileall.compile_file, shutil.move
    code = '''
import compileall, importlib.util, os, sys
for line in sys.stdin.buffer:
    path = os.fsdecode(line[:-1])
    try: is_compiled = compileall.compile_file(path, force=True, quiet=2)
    except Exception: is_compiled = False
    if is_compiled: continue
    try:
        compiled = importlib.util.cache_from_source(path)
        if os.lstat(compiled).st_size == 0: os.remove(compiled)
    except OSError: pass
'''
    command = [sys.executable, '-I', '-S'] + ['-O'] * sys.flags.optimize + ['-c', code]
    null = subprocess.DEVNULL
    class Compiler:
        def __init__(self):
            self.bytes = 0
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=null, stderr=null)
        def add(self, path):
            self.bytes += os.path.getsize(path)
            self.process.stdin.write(os.fsencode(path) + b'\\n')
            self.process.stdin.flush()
        def close(self):
            try: self.process.stdin.close()
            except OSError: pass
    compilers, seconds = [], [0.1]
    def create_empty(path):
        compiled = importlib.util.cache_from_source(path)
        os.makedirs(os.path.dirname(compiled), exist_ok=True)
        try: os.close(os.open(compiled, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError: pass
    def add(path, *others, **named):
        is_usual = not others and named == {'force': True, 'quiet': True} and '\\n' not in path
        if seconds[0] < 0 and is_usual:
            try:
                if not compilers: compilers.extend(Compiler() for _ in range(min(processors, 4)))
                create_empty(path)
                min(compilers, key=lambda compiler: compiler.bytes).add(path)
                return True
            except Exception: seconds[0] = float('inf')  # pip compiles the rest alone
        begin = time.monotonic()
        try: return compile_file(path, *others, **named)
        finally: seconds[0] -= time.monotonic() - begin
    def finish():
        for compiler in compilers: compiler.close()
        for compiler in compilers: compiler.process.wait()
        del compilers[:]
    def finish_and_move(source, *others, **named):
        if 'pip-target-' in str(source): finish()
        return move(source, *others, **named)
    class Success(logging.Filter):
        def filter(self, record):
            if str(record.msg).startswith('Successfully installed'): finish()
            return True
    compileall.compile_file, shutil.move = add, finish_and_move
    logging.getLogger('pip._internal.utils.misc').addFilter(Success())
    def finish_at_exit():
        try: finish()
        except KeyboardInterrupt: pass
    atexit.register(finish_at_exit)
try: _compile_in_parallel()
except Exception: pass
`;
