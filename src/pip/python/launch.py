# Runs awspip's Python code without a module of the working directory: `python launch.py CODE PYTHONPATH [ARGUMENT ...]`.
# `python -m` and `python -c` put the working directory on the module path, and some versions import modules before the
# code can remove it. With a script, Python puts the script's own folder there instead.
import sys

if not getattr(sys.flags, 'safe_path', False):
    del sys.path[0]
if sys.argv[2]:
    import os

    os.environ['PYTHONPATH'] = sys.argv[2]  # builds get the value that the user set
code = sys.argv[1]
sys.argv[:] = ['-c'] + sys.argv[3:]
exec(compile(code, '<awspip>', 'exec'))
